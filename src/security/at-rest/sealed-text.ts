/** What a sealed text looks like and is bound to: said once for what seals with promises (vault.ts) and without (row-vault.ts). */
import { utf8 } from "../authn/bytes.ts";
import { bytesOfLongBase64url, longBase64url } from "./base64.ts";

/** What a text is and which row has it: a text that is found in another place is as good as forged. */
export interface Place {
  /** Has a key of its own: "audit", "config-source". */
  readonly purpose: string;
  /** The row, by what never changes of it. */
  readonly row: string;
}

export type Opened =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: "unknown_key" | "broken"; readonly detail: string };

/** Stands before every sealed text. No JSON and no config begins with it. */
const MARK = "heddle-sealed.1.";
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Keys that are read. */
export const MAX_KEYS = 8;
/** Of HKDF; the info says what a key is for. */
export const SALT = utf8("heddle at rest");
export const ID_INFO = utf8("id");
/** An id of a key, bytes. */
export const ID_BYTES = 4;

/** The keys of HEDDLE_STORAGE_KEY, as they are; the first writes. */
export function keyTextsOf(secret: string | undefined): readonly string[] {
  return [...new Set((secret ?? "").split(",").map((text) => text.trim()))].filter((text) => text !== "");
}

/** Those that are read. */
export function usableKeys(texts: readonly string[]): readonly string[] {
  return texts.slice(0, MAX_KEYS);
}

/** Of the key that texts of a purpose are sealed under. */
export function sealInfo(purpose: string): Uint8Array<ArrayBuffer> {
  return utf8(`seal ${purpose}`);
}

/** Whether it is a sealed text, whatever the key. */
export function isSealed(stored: string): boolean {
  return stored.startsWith(MARK);
}

/** What all texts under a key begin with. */
export function markOf(keyId: string): string {
  return `${MARK}${keyId}.`;
}

/** - `sealed`: with its tag. */
export function sealedTextOf(keyId: string, nonce: Uint8Array, sealed: Uint8Array): string {
  const bytes = new Uint8Array(nonce.length + sealed.length);
  bytes.set(nonce);
  bytes.set(sealed, nonce.length);
  return markOf(keyId) + longBase64url(bytes);
}

export function keyIdOf(stored: string): string {
  return stored.slice(MARK.length).split(".", 1)[0] ?? "";
}

/** Null for what cannot have been sealed. */
export function sealedPartsOf(
  stored: string,
): { readonly nonce: Uint8Array<ArrayBuffer>; readonly sealed: Uint8Array<ArrayBuffer> } | null {
  const bytes = bytesOfLongBase64url(stored.slice(markOf(keyIdOf(stored)).length));
  if (bytes === null || bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  return { nonce: bytes.subarray(0, NONCE_BYTES), sealed: bytes.subarray(NONCE_BYTES) };
}

/** Of no two places the same. */
export function boundTo({ purpose, row }: Place, keyId: string): Uint8Array<ArrayBuffer> {
  return utf8(JSON.stringify([keyId, purpose, row]));
}

/** Throws for bytes that are no UTF-8, which was never sealed. */
export function textOf(plain: ArrayBuffer | Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
}

export function unknownKey(id: string): Opened {
  const shown = /^[0-9a-f]{8}$/.test(id) ? id : "?";
  const detail = `it was written under the storage key ${shown}, which HEDDLE_STORAGE_KEY does not have`;
  return { ok: false, error: "unknown_key", detail };
}

export function broken(): Opened {
  return { ok: false, error: "broken", detail: "it was changed, or belongs to another row" };
}
