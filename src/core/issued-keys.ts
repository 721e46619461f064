/**
 * API keys that the control plane made, as isolates learn of them: all keys of one provider that may still be used, with a
 * revision that changes with them. Said by the object `API_KEYS` of the provider's name; plain data, kept in the data centre's
 * cache. Of a key only its SHA-256 is there.
 */

/** A key as callers send it: `hdk_<id>_<secret>`, the id in 16 hex digits, the secret with 256 bits. */
const SHAPE = /^hdk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const DIGEST = /^[0-9a-f]{64}$/;
const ID = /^[0-9a-f]{16}$/;

/** Keys of one provider that may be used at once. Their set has about 130 bytes each. */
export const MAX_ISSUED_KEYS = 10_000;

export interface IssuedKey {
  /** What is seen of a caller who has it: several keys may have the same, as while one takes the place of another. */
  readonly name: string;
  /** SHA-256 of the whole text, lower-case hex. */
  readonly sha256: string;
  readonly scopes: readonly string[];
  /** Epoch; 0 never. */
  readonly expiresAtMs: number;
}

/** id, SHA-256, name, scopes, epoch of its end. */
export type IssuedKeyRow = readonly [
  id: string,
  sha256: string,
  name: string,
  scopes: readonly string[],
  expiresAtMs: number,
];

export interface IssuedKeySet {
  /** Rises with every change; 0 nothing was ever made. */
  readonly revision: number;
  readonly keys: readonly IssuedKeyRow[];
}

/** `current`: it is what the asker knows already. */
export type IssuedKeysReply =
  | { readonly current: true; readonly revision: number }
  | (IssuedKeySet & { readonly current: false });

/** The object, as isolates see it. */
export interface IssuedKeysCalls {
  /** `known`: the revision that the asker has; -1 none. */
  keySet(known: number): Promise<IssuedKeysReply>;
}

/** The public part of a key; null for what is no key of the control plane. Never throws. */
export function issuedKeyId(text: string): string | null {
  return SHAPE.exec(text)?.[1] ?? null;
}

/** The keys of a set by id; null for what is no set. Never throws. Linear. */
export function checkKeySet(
  value: unknown,
): { readonly revision: number; readonly keys: ReadonlyMap<string, IssuedKey> } | null {
  const { revision, keys } = (value ?? {}) as Partial<Record<keyof IssuedKeySet, unknown>>;
  if (!isRevision(revision) || !Array.isArray(keys) || keys.length > MAX_ISSUED_KEYS) return null;
  const byId = new Map<string, IssuedKey>();
  for (const row of keys as readonly unknown[]) {
    if (!Array.isArray(row)) return null;
    const [id, sha256, name, scopes, expiresAtMs] = row as readonly unknown[];
    if (typeof id !== "string" || !ID.test(id) || typeof sha256 !== "string" || !DIGEST.test(sha256)) return null;
    if (typeof name !== "string" || typeof expiresAtMs !== "number" || !Array.isArray(scopes)) return null;
    if (!scopes.every((scope) => typeof scope === "string")) return null;
    byId.set(id, { name, sha256, scopes: scopes as readonly string[], expiresAtMs });
  }
  return { revision, keys: byId };
}

export function isRevision(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
