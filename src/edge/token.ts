import { isSameText } from "../security/same-text.ts";

/**
 * Whether `given` is the secret `expected`, in time that does not tell how much of it was right. An absent or empty
 * secret matches nothing. Never throws.
 */
export function isToken(given: string | null, expected: string | undefined): boolean {
  return given !== null && expected !== undefined && expected !== "" && isSameText(given, expected);
}

/** The token of an `Authorization: Bearer` header, null when there is none. */
export function bearerOf(headers: Headers): string | null {
  const value = headers.get("authorization");
  return value?.startsWith("Bearer ") ? value.slice(7) : null;
}
