/**
 * Texts as they are kept in storage, so that a copy of the storage says nothing: AES-256-GCM under a key of HEDDLE_STORAGE_KEY.
 * That secret may hold several keys, separated by commas: the first writes, all read, so that one can be replaced while
 * everything is in use. README.md says what a stored text looks like, and what is and is not protected.
 *
 * Source: NIST SP 800-38D (GCM: random nonces of 96 bits, at most 2^32 texts a key), RFC 5869 (HKDF).
 */
import { base64urlOf, hexOf, utf8 } from "../authn/bytes.ts";
import {
  boundTo,
  broken,
  ID_BYTES,
  ID_INFO,
  isSealed,
  keyIdOf,
  keyTextsOf,
  MAX_KEYS,
  markOf,
  NONCE_BYTES,
  type Opened,
  type Place,
  SALT,
  sealedPartsOf,
  sealedTextOf,
  sealInfo,
  textOf,
  unknownKey,
  usableKeys,
} from "./sealed-text.ts";

export { isSealed, type Opened, type Place };

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

/** A shorter key can be guessed, characters: 32 hex digits are 128 bits. */
export const MIN_KEY_LENGTH = 32;

const NO_KEY =
  "HEDDLE_STORAGE_KEY is not set: config sources, messages, the audit log, events, registrations and names of tokens are stored as plain text";

interface Key {
  readonly id: string;
  readonly material: CryptoKey;
  readonly ciphers: Map<string, CryptoKey>;
  readonly macs: Map<string, CryptoKey>;
}

/** - `secret`: HEDDLE_STORAGE_KEY; undefined or empty: texts are stored as they are. Never throws. */
export function openVault(secret: string | undefined): Vault {
  const texts = keyTextsOf(secret);
  let keys: readonly Key[] | null = null;
  // Kept once it is there, and never as a promise: a request that made one may have ended.
  const keyring = async () => {
    keys ??= await Promise.all(usableKeys(texts).map(importKey));
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
      return sealedTextOf(key.id, nonce, new Uint8Array(sealed));
    },
    async open(place, stored) {
      if (!isSealed(stored)) return { ok: true, text: stored };
      const id = keyIdOf(stored);
      const key = (await keyring()).find((one) => one.id === id);
      if (key === undefined) return unknownKey(id);
      const parts = sealedPartsOf(stored);
      if (parts === null) return broken();
      const algorithm = { name: "AES-GCM", iv: parts.nonce, additionalData: boundTo(place, id) };
      try {
        return {
          ok: true,
          text: textOf(await crypto.subtle.decrypt(algorithm, await cipherOf(key, place.purpose), parts.sealed)),
        };
      } catch {
        return broken();
      }
    },
    async currentMark() {
      const [key] = await keyring();
      return key === undefined ? "" : markOf(key.id);
    },
    async marksOf({ purpose }, text) {
      const all = await keyring();
      const marks = await Promise.all(all.map(async (key) => `${key.id}.${await macOf(key, purpose, text)}`));
      return [...marks, text];
    },
  };
}

function problemOf(texts: readonly string[]): string {
  if (texts.length === 0) return NO_KEY;
  if (texts.some((text) => text.length < MIN_KEY_LENGTH)) {
    return `HEDDLE_STORAGE_KEY has a key of fewer than ${MIN_KEY_LENGTH} characters, which can be guessed: put another one before it`;
  }
  return texts.length > MAX_KEYS ? `HEDDLE_STORAGE_KEY has more than ${MAX_KEYS} keys: the others are not read` : "";
}

async function importKey(text: string): Promise<Key> {
  const material = await crypto.subtle.importKey("raw", utf8(text), "HKDF", false, ["deriveBits", "deriveKey"]);
  const id = hexOf(await crypto.subtle.deriveBits(derivation(ID_INFO), material, ID_BYTES * 8));
  return { id, material, ciphers: new Map(), macs: new Map() };
}

function derivation(info: Uint8Array<ArrayBuffer>) {
  return { name: "HKDF", hash: "SHA-256", salt: SALT, info };
}

async function cipherOf({ material, ciphers }: Key, purpose: string): Promise<CryptoKey> {
  const known = ciphers.get(purpose);
  if (known !== undefined) return known;
  const algorithm = { name: "AES-GCM", length: 256 };
  const made = await crypto.subtle.deriveKey(derivation(sealInfo(purpose)), material, algorithm, false, [
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
    known ?? (await crypto.subtle.deriveKey(derivation(utf8(`mark ${purpose}`)), material, algorithm, false, ["sign"]));
  if (known === undefined) macs.set(purpose, key);
  const mac = await crypto.subtle.sign("HMAC", key, utf8(text));
  return base64urlOf(mac.slice(0, 16));
}
