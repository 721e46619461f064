/**
 * What is signed of a request, and how the signature is carried. The recipe for callers is in README.md of this folder.
 *
 *     Authorization: Heddle-HMAC-SHA256 id=<key>, ts=<seconds>, nonce=<random>, sig=<hex>
 */
export const HMAC_SCHEME = "Heddle-HMAC-SHA256";

export interface HmacCredential {
  readonly id: string;
  /** Seconds since 1970, as it was written. */
  readonly ts: string;
  readonly nonce: string;
  /** Lower-case hex, 64 digits. */
  readonly sig: string;
}

const FIELD = {
  id: /^[A-Za-z0-9._-]{1,63}$/,
  ts: /^[0-9]{1,12}$/,
  nonce: /^[A-Za-z0-9_-]{16,64}$/,
  sig: /^[0-9a-f]{64}$/,
} as const;

/** What follows the scheme; null for what is no credential. Each field once, no others. Never throws. */
export function hmacCredential(text: string): HmacCredential | null {
  const found: Partial<Record<keyof typeof FIELD, string>> = {};
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, equals).trim() as keyof typeof FIELD;
    const value = part.slice(equals + 1).trim();
    if (equals < 0 || !Object.hasOwn(FIELD, name) || found[name] !== undefined || !FIELD[name].test(value)) return null;
    found[name] = value;
  }
  const { id, ts, nonce, sig } = found;
  return id === undefined || ts === undefined || nonce === undefined || sig === undefined
    ? null
    : { id, ts, nonce, sig };
}

export interface SignedRequest {
  readonly method: string;
  /** With the port, where it is not the scheme's own; lower case. */
  readonly authority: string;
  /** As the URL has it. */
  readonly pathAndQuery: string;
  readonly ts: string;
  readonly nonce: string;
  /** SHA-256 of the body in lower-case hex, of no bytes where there is none; "UNSIGNED" where it is not signed. */
  readonly bodyDigest: string;
}

/** The text that is signed: one line each, so that nothing can be moved from one to the next. Never throws. */
export function textToSign({ method, authority, pathAndQuery, ts, nonce, bodyDigest }: SignedRequest): string {
  return ["heddle-hmac-sha256", ts, nonce, method, authority, pathAndQuery, bodyDigest].join("\n");
}
