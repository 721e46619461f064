/**
 * What a session token says, as text: `1.<mark>.<began>.<seen>.<signature>`. The mark stands for an endpoint and can be
 * made by the key's holder only; the times are epoch milliseconds in base 36. Signing and marks are the edge's
 * (src/edge/session), which has the key.
 */

export interface SessionClaims {
  /** Eight bytes in base64url, 11 characters. */
  readonly mark: string;
  /** Epoch. */
  readonly beganAtMs: number;
  readonly seenAtMs: number;
}

export interface ReadToken {
  readonly claims: SessionClaims;
  /** What the signature was made of. */
  readonly signed: string;
  /** 32 bytes in base64url. */
  readonly signature: string;
}

const FORM = /^(1\.([\w-]{11})\.([0-9a-z]{1,9})\.([0-9a-z]{1,9}))\.([\w-]{43})$/;
/** The longest text of that form. Anything longer is not looked at. */
const MAX_LENGTH = 78;

/** The text to sign. */
export function claimsText({ mark, beganAtMs, seenAtMs }: SessionClaims): string {
  return `1.${mark}.${beganAtMs.toString(36)}.${seenAtMs.toString(36)}`;
}

/** Takes a token apart; null when it is none. Believe the claims only once the signature is checked. Never throws. */
export function readToken(text: string): ReadToken | null {
  if (text.length > MAX_LENGTH) return null;
  const found = FORM.exec(text);
  if (found === null) return null;
  const [, signed, mark, began, seen, signature] = found as unknown as [string, string, string, string, string, string];
  const claims = { mark, beganAtMs: Number.parseInt(began, 36), seenAtMs: Number.parseInt(seen, 36) };
  return { claims, signed, signature };
}
