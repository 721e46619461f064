/**
 * The cookie that carries a session: for the rule's paths alone, never for scripts, over TLS alone where it came over TLS.
 * SameSite is Lax: with Strict, a caller who follows a link from elsewhere would come without the session and lose it.
 *
 * Source: RFC 6265; Gateway API, GEP-1619.
 */
import type { RouteMatch, SessionPersistence } from "../mesh.ts";

export interface CookieOf {
  readonly persistence: SessionPersistence;
  readonly token: string;
  readonly beganAtMs: number;
  readonly nowMs: number;
  /** The request came over https. */
  readonly isSecure: boolean;
  /** The rule's. */
  readonly matches: readonly RouteMatch[];
}

/** The value of Set-Cookie. Never throws. */
export function sessionCookie({ persistence, token, beganAtMs, nowMs, isSecure, matches }: CookieOf): string {
  const { sessionName, lifetime, absoluteTimeoutMs } = persistence;
  const path = sessionName.startsWith("__Host-") ? "/" : cookiePath(matches);
  const leftMs = beganAtMs + absoluteTimeoutMs - nowMs;
  const maxAge = lifetime === "Permanent" ? `; Max-Age=${Math.max(1, Math.ceil(leftMs / 1_000))}` : "";
  return `${sessionName}=${token}; Path=${path}${maxAge}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}

/**
 * The longest path, by element, that every request of the rule is below. "/" where that cannot be said in a cookie: of
 * patterns, of matches that ignore case, and of characters that would end the attribute.
 *
 * Never throws. Linear in the matches.
 */
export function cookiePath(matches: readonly RouteMatch[]): string {
  let common: readonly string[] | null = null;
  for (const { path } of matches) {
    const elements = elementsOf(path);
    if (common === null) {
      common = elements;
      continue;
    }
    const differs: number = common.findIndex((element, at) => element !== elements[at]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return `/${(common ?? []).join("/")}`;
}

function elementsOf(path: RouteMatch["path"]): readonly string[] {
  if (path.type === "RegularExpression" || path.ignoreCase === true) return [];
  const elements = path.value.split("/").slice(1);
  // What follows the last slash of a StringPrefix may be the beginning of a longer element; of others, it may be empty.
  if (path.type === "StringPrefix" || elements.at(-1) === "") elements.pop();
  const odd = elements.findIndex((element) => !/^[\x21-\x3a\x3c-\x7e]+$/.test(element));
  return odd < 0 ? elements : elements.slice(0, odd);
}
