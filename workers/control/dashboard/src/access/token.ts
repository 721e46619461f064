/** The token: taken from the fragment or typed in, kept for this tab only, and never in an address. */
import { signal } from "@preact/signals";

const KEY = "heddle.token";

/** Null: none; Cloudflare Access may know the caller all the same. */
export const bearer = signal<string | null>(sessionStorage.getItem(KEY));

export function keepToken(token: string | null): void {
  bearer.value = token;
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

/** Takes `#token=…` out of the address before anything else looks at it; history keeps no trace of it. */
export function takeTokenFromAddress(): void {
  const token = /^#token=([\w.~+/=-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, "", `${location.pathname}#/`);
  keepToken(token);
}
