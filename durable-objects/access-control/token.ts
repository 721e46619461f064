/**
 * Tokens of the admin API: `hdl_<id>_<secret>`. The id is public and names the token in lists and in the audit log; the
 * secret has 256 bits and is kept as its SHA-256, which for a secret of that size needs neither salt nor stretching.
 */

/** What a token may do; each of the first three includes the one before. `register`: registrations, nothing else. */
export const SCOPES = ["read", "operate", "admin", "register"] as const;
export type Scope = (typeof SCOPES)[number];

/** A token without its secret. */
export interface Token {
  /** 16 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Null: all of them. */
  readonly services: readonly string[] | null;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly expiresAtMs: number;
  /** Null: in force. */
  readonly revokedAtMs: number | null;
  /** To the hour; null: never. */
  readonly lastUsedAtMs: number | null;
}

const SHAPE = /^hdl_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
const ID = /^[0-9a-f]{16}$/;

/** The parts of a token; null for anything else. Never throws. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | null {
  const match = SHAPE.exec(text);
  return match === null ? null : { id: match[1]!, secret: match[2]! };
}

/** Whether `text` could be the id of a token. Never throws. */
export function isTokenId(text: string): boolean {
  return ID.test(text);
}

/** A new id and secret, from the platform's source of randomness. */
export function drawToken(): { readonly id: string; readonly secret: string } {
  const id = hex(crypto.getRandomValues(new Uint8Array(8)));
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const secret = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
  return { id, secret };
}

export function formatToken({ id, secret }: { readonly id: string; readonly secret: string }): string {
  return `hdl_${id}_${secret}`;
}

/** SHA-256 of a text, 64 hex digits. */
export async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
