/**
 * Sealing without promises, for objects that read their rows when they begin and write them within a transaction: what
 * vault.ts does, under the same keys and in the same form, by another implementation of AES-GCM and HKDF.
 *
 * Why not the platform's: Web Crypto only answers later, and a store that has to wait between deciding and writing is no
 * longer atomic. Rows are small; some 20 MB a second are enough for them.
 */
import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hexOf, utf8 } from "../authn/bytes.ts";
import {
  boundTo,
  broken,
  ID_BYTES,
  ID_INFO,
  isSealed,
  keyIdOf,
  keyTextsOf,
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

export interface RowVault {
  /** Whether texts are encrypted when they are written. */
  readonly isLocked: boolean;
  /** What all texts begin with that are stored as they would be now; "" without a key. */
  readonly currentMark: string;
  /** As it is to be stored; the text itself where there is no key. */
  seal(place: Place, text: string): string;
  /** What was stored, whoever wrote it: a text that was never sealed is itself. Never throws. */
  open(place: Place, stored: string): Opened;
}

interface Key {
  readonly id: string;
  readonly material: Uint8Array;
  readonly ciphers: Map<string, Uint8Array>;
}

/** A key of AES-256, bytes. */
const KEY_BYTES = 32;

/** - `secret`: HEDDLE_STORAGE_KEY; undefined or empty: texts are stored as they are. Never throws. */
export function openRowVault(secret: string | undefined): RowVault {
  const keys = usableKeys(keyTextsOf(secret)).map((text): Key => {
    const material = utf8(text);
    return { id: hexOf(derive(material, ID_INFO, ID_BYTES)), material, ciphers: new Map() };
  });
  const first = keys[0];
  return {
    isLocked: first !== undefined,
    currentMark: first === undefined ? "" : markOf(first.id),
    seal(place, text) {
      if (first === undefined) return text;
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const cipher = gcm(cipherKey(first, place.purpose), nonce, boundTo(place, first.id));
      return sealedTextOf(first.id, nonce, cipher.encrypt(utf8(text)));
    },
    open(place, stored) {
      if (!isSealed(stored)) return { ok: true, text: stored };
      const id = keyIdOf(stored);
      const key = keys.find((one) => one.id === id);
      if (key === undefined) return unknownKey(id);
      const parts = sealedPartsOf(stored);
      if (parts === null) return broken();
      try {
        const cipher = gcm(cipherKey(key, place.purpose), parts.nonce, boundTo(place, id));
        return { ok: true, text: textOf(cipher.decrypt(parts.sealed)) };
      } catch {
        return broken();
      }
    },
  };
}

function cipherKey({ material, ciphers }: Key, purpose: string): Uint8Array {
  const known = ciphers.get(purpose);
  if (known !== undefined) return known;
  const made = derive(material, sealInfo(purpose), KEY_BYTES);
  ciphers.set(purpose, made);
  return made;
}

function derive(material: Uint8Array, info: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdf(sha256, material, SALT, info, bytes));
}
