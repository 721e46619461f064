/**
 * Which keys of a JWKS may have signed a token. The algorithm decides the kind of key, never the other way round: a public RSA
 * key is no HMAC secret, whatever a token's header says. `jku`, `jwk`, `x5u` and `x5c` of a header are never looked at.
 *
 * Source: RFC 7517 §4, RFC 7518 §3.1, RFC 8725 §3.1; keys without a `kid` fit any, as in Envoy's jwt_verify_lib.
 */
import { importJWK, type JWK } from "jose";
import type { JsonObject } from "./jws-text.ts";
import { rsaFault } from "./rsa-key.ts";

/** A key, and what it was imported as. */
export interface SigningKey {
  readonly jwk: JWK;
  readonly imported: Map<string, CryptoKey | Uint8Array>;
}

/** More keys than any issuer rotates through. */
export const MAX_KEYS = 100;
/** Keys tried for a token that does not say which one it was signed with: each costs as much as a verification. */
const MAX_CANDIDATES = 16;

/** What is a JWKS with at least one key that may sign; null for anything else. Keys of no use are left out. Never throws. */
export function keysOf(jwks: unknown): readonly SigningKey[] | null {
  const keys = typeof jwks === "object" && jwks !== null ? (jwks as { keys?: unknown }).keys : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return null;
  const usable = keys.filter(isSigningKey);
  // Secrets beside public keys: one of the two was not meant to be there.
  if (usable.some(({ kty }) => kty === "oct") && usable.some(({ kty }) => kty !== "oct")) return null;
  return usable.length === 0 ? null : usable.map((jwk) => ({ jwk, imported: new Map() }));
}

function isSigningKey(key: unknown): key is JWK {
  if (typeof key !== "object" || key === null) return false;
  const { kty, kid, use, key_ops: operations, alg } = key as Record<string, unknown>;
  return (
    typeof kty === "string" &&
    // A private key that is published signs for everybody.
    !("d" in key) &&
    (kid === undefined || typeof kid === "string") &&
    (use === undefined || use === "sig") &&
    (alg === undefined || typeof alg === "string") &&
    (operations === undefined || (Array.isArray(operations) && operations.includes("verify")))
  );
}

const KIND_OF: Readonly<Record<string, { readonly kty: string; readonly crv?: string }>> = {
  RS256: { kty: "RSA" },
  RS384: { kty: "RSA" },
  RS512: { kty: "RSA" },
  PS256: { kty: "RSA" },
  PS384: { kty: "RSA" },
  PS512: { kty: "RSA" },
  ES256: { kty: "EC", crv: "P-256" },
  ES384: { kty: "EC", crv: "P-384" },
  ES512: { kty: "EC", crv: "P-521" },
  EdDSA: { kty: "OKP", crv: "Ed25519" },
  Ed25519: { kty: "OKP", crv: "Ed25519" },
  HS256: { kty: "oct" },
  HS384: { kty: "oct" },
  HS512: { kty: "oct" },
};

/** The keys that may have signed what this header belongs to; none is common and means that keys may have been rotated. */
export function candidates(keys: readonly SigningKey[], { alg, kid }: JsonObject): readonly SigningKey[] {
  const kind = typeof alg === "string" && Object.hasOwn(KIND_OF, alg) ? KIND_OF[alg] : undefined;
  if (kind === undefined) return [];
  return keys
    .filter(
      ({ jwk }) =>
        jwk.kty === kind.kty &&
        (kind.crv === undefined || jwk.crv === kind.crv) &&
        (kid === undefined || jwk.kid === undefined || jwk.kid === kid) &&
        (jwk.alg === undefined || jwk.alg === alg || (isEd25519(jwk.alg) && isEd25519(alg))),
    )
    .slice(0, MAX_CANDIDATES);
}

function isEd25519(alg: unknown): boolean {
  return alg === "EdDSA" || alg === "Ed25519";
}

/** The key as `alg` uses it; null for one that is too weak or no key at all. Imported once. Never rejects. */
export async function importFor(key: SigningKey, alg: string): Promise<CryptoKey | Uint8Array | null> {
  const known = key.imported.get(alg);
  if (known !== undefined) return known;
  try {
    if (key.jwk.kty === "RSA" && rsaFault(key.jwk.n, key.jwk.e) !== null) return null;
    const imported = await importJWK(key.jwk, alg);
    if (imported instanceof Uint8Array && imported.byteLength * 8 < Number(alg.slice(2))) return null;
    key.imported.set(alg, imported);
    return imported;
  } catch {
    return null;
  }
}
