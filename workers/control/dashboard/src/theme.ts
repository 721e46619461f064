/** Light, dark, or as the system has it. */
import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "heddle.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>(stored());
/** What is on the screen. Charts, which draw their own colours, look here. */
export const isDark = signal(false);

export function followTheme(): void {
  const apply = () => {
    isDark.value = theme.value === "dark" || (theme.value === "system" && dark.matches);
    document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
  };
  dark.addEventListener("change", apply);
  theme.subscribe(apply);
}

export function setTheme(next: Theme): void {
  theme.value = next;
  localStorage.setItem(KEY, next);
}

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}
