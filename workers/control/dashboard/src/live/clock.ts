/** The time as pages show it, a step a second. */
import { signal } from "@preact/signals";

export const nowMs = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    nowMs.value = Date.now();
  }, 1_000);
}
