/** Where one is: `#/services/shop?tab=explain`. */
import { signal } from "@preact/signals";

export interface Place {
  /** Decoded words of the path: ["services", "shop"]. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export const place = signal<Place>(read());

/** Pages start at their top, with the reader's attention there. */
export function followAddress(): void {
  place.value = read();
  addEventListener("hashchange", () => {
    const next = read();
    const isOtherPage = next.path.join("/") !== place.peek().path.join("/");
    place.value = next;
    if (!isOtherPage) return;
    scrollTo(0, 0);
    requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
  });
}

export function linkTo(...path: readonly string[]): string {
  return `#/${path.map(encodeURIComponent).join("/")}`;
}

/** Changes the query of the page that is open; empty values are left out. */
export function setQuery(changes: Readonly<Record<string, string>>): void {
  const { path, query } = place.peek();
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  history.replaceState(null, "", `${linkTo(...path)}${text === "" ? "" : `?${text}`}`);
  place.value = { path, query: next };
}

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const words = path.split("/").filter((word) => word !== "");
  return { path: words.map(decoded), query: new URLSearchParams(query) };
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
