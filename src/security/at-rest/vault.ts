/**
 * Texts as they are kept in storage, so that a copy of the storage says nothing: AES-256-GCM under a key of HEDDLE_STORAGE_KEY.
 * That secret may hold several keys, separated by commas: the first writes, all read, so that one can be replaced while
 * everything is in use. README.md says what a stored text looks like, and what is and is not protected.
 *
 * Source: NIST SP 800-38D (GCM: random nonces of 96 bits, at most 2^32 texts a key), RFC 5869 (HKDF).
 */
import { base64urlOf, hexOf, utf8 } from "../authn/bytes.ts";
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

export interface Vault {
  /** Whether texts are encrypted when they are written. */
  readonly isLocked: boolean;
  /** What an operator has to see to; "" nothing. */
  readonly problem: string;
  /** As it is to be stored; the text itself where there is no key. */
  seal(place: Place, text: string): Promise<string>;
  /** What was stored, whoever wrote it: a text that was never sealed is itself. Never rejects. */
  open(place: Place, stored: string): Promise<Opened>;
  /** What all texts begin with that are stored as they would be now, others have to be sealed anew; "" without a key. */
  currentMark(): Promise<string>;
  /** What stands for a text where rows are searched by it: the one that is written now comes first, then those of before. */
  marksOf(place: Pick<Place, "purpose">, text: string): Promise<readonly string[]>;
}

/** Stands before every sealed text. No JSON and no config begins with it. */
const MARK = "heddle-sealed.1.";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** A shorter key can be guessed, characters: 32 hex digits are 128 bits. */
export const MIN_KEY_LENGTH = 32;
const MAX_KEYS = 8;
const SALT = utf8("heddle at rest");

const NO_KEY =
  "HEDDLE_STORAGE_KEY is not set: config sources, messages, the audit log and kept answers are stored as plain text";

interface Key {
  readonly id: string;
  readonly material: CryptoKey;
  readonly ciphers: Map<string, CryptoKey>;
  readonly macs: Map<string, CryptoKey>;
}

/** - `secret`: HEDDLE_STORAGE_KEY; undefined or empty: texts are stored as they are. Never throws. */
export function openVault(secret: string | undefined): Vault {
  const texts = [...new Set((secret ?? "").split(",").map((text) => text.trim()))].filter((text) => text !== "");
  let keys: readonly Key[] | null = null;
  // Kept once it is there, and never as a promise: a request that made one may have ended.
  const keyring = async () => {
    keys ??= await Promise.all(texts.slice(0, MAX_KEYS).map(importKey));
    return keys;
  };

  return {
    isLocked: texts.length > 0,
    problem: problemOf(texts),
    async seal(place, text) {
      const [key] = await keyring();
      if (key === undefined) return text;
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const algorithm = { name: "AES-GCM", iv: nonce, additionalData: boundTo(place, key.id) };
      const sealed = await crypto.subtle.encrypt(algorithm, await cipherOf(key, place.purpose), utf8(text));
      const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
      bytes.set(nonce);
      bytes.set(new Uint8Array(sealed), NONCE_BYTES);
      return `${MARK}${key.id}.${longBase64url(bytes)}`;
    },
    async open(place, stored) {
      if (!stored.startsWith(MARK)) return { ok: true, text: stored };
      const [id = "", body = ""] = stored.slice(MARK.length).split(".", 2);
      const key = (await keyring()).find((one) => one.id === id);
      if (key === undefined) {
        const detail = `it was written under the storage key ${printable(id)}, which HEDDLE_STORAGE_KEY does not have`;
        return { ok: false, error: "unknown_key", detail };
      }
      const bytes = bytesOfLongBase64url(body);
      if (bytes === null || bytes.length < NONCE_BYTES + TAG_BYTES) return broken();
      const iv = bytes.subarray(0, NONCE_BYTES);
      const algorithm = { name: "AES-GCM", iv, additionalData: boundTo(place, key.id) };
      try {
        const cipher = await cipherOf(key, place.purpose);
        const plain = await crypto.subtle.decrypt(algorithm, cipher, bytes.subarray(NONCE_BYTES));
        return { ok: true, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain) };
      } catch {
        return broken();
      }
    },
    async currentMark() {
      const [key] = await keyring();
      return key === undefined ? "" : `${MARK}${key.id}.`;
    },
    async marksOf({ purpose }, text) {
      const all = await keyring();
      const marks = await Promise.all(all.map(async (key) => `${key.id}.${await macOf(key, purpose, text)}`));
      return [...marks, text];
    },
  };
}

/** Whether it is a sealed text, whatever the key. */
export function isSealed(stored: string): boolean {
  return stored.startsWith(MARK);
}

function problemOf(texts: readonly string[]): string {
  if (texts.length === 0) return NO_KEY;
  if (texts.some((text) => text.length < MIN_KEY_LENGTH)) {
    return `HEDDLE_STORAGE_KEY has a key of fewer than ${MIN_KEY_LENGTH} characters, which can be guessed: put another one before it`;
  }
  return texts.length > MAX_KEYS ? `HEDDLE_STORAGE_KEY has more than ${MAX_KEYS} keys: the others are not read` : "";
}

function broken(): Opened {
  return { ok: false, error: "broken", detail: "it was changed, or belongs to another row" };
}

function printable(id: string): string {
  return /^[0-9a-f]{8}$/.test(id) ? id : "?";
}

async function importKey(text: string): Promise<Key> {
  const material = await crypto.subtle.importKey("raw", utf8(text), "HKDF", false, ["deriveBits", "deriveKey"]);
  const id = hexOf(await crypto.subtle.deriveBits(derivation("id"), material, 32));
  return { id, material, ciphers: new Map(), macs: new Map() };
}

function derivation(info: string) {
  return { name: "HKDF", hash: "SHA-256", salt: SALT, info: utf8(info) };
}

async function cipherOf({ material, ciphers }: Key, purpose: string): Promise<CryptoKey> {
  const known = ciphers.get(purpose);
  if (known !== undefined) return known;
  const algorithm = { name: "AES-GCM", length: 256 };
  const made = await crypto.subtle.deriveKey(derivation(`seal ${purpose}`), material, algorithm, false, [
    "encrypt",
    "decrypt",
  ]);
  ciphers.set(purpose, made);
  return made;
}

async function macOf({ material, macs }: Key, purpose: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256", length: 256 };
  const known = macs.get(purpose);
  const key =
    known ?? (await crypto.subtle.deriveKey(derivation(`mark ${purpose}`), material, algorithm, false, ["sign"]));
  if (known === undefined) macs.set(purpose, key);
  const mac = await crypto.subtle.sign("HMAC", key, utf8(text));
  return base64urlOf(mac.slice(0, 16));
}

/** Of no two places the same. */
function boundTo({ purpose, row }: Place, keyId: string): Uint8Array<ArrayBuffer> {
  return utf8(JSON.stringify([keyId, purpose, row]));
}
