/** Keys that signatures are verified with. The key says the algorithm, never the request. */
import type { SignatureAlgorithm } from "../core/mesh-origins.ts";
import { utf8 } from "../security/authn/bytes.ts";
import { ALGORITHMS } from "../security/origin/signature-algorithms.ts";

export interface VerifyingKey {
  readonly algorithm: SignatureAlgorithm;
  /** A public key as PEM ("BEGIN PUBLIC KEY") or JWK; for hmac-sha256 the secret, or a JWK of the kind `oct`. */
  readonly key: string | Jwk;
}

/** RFC 7517. */
export type Jwk = Readonly<Record<string, unknown>>;

export interface OpenKey {
  readonly algorithm: SignatureAlgorithm;
  /** In time that does not tell how right it is. */
  isRight(signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

const PEM = /^-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----$/;

/** Rejects for a key that is none of the algorithm. */
export async function openVerifyingKey({ algorithm, key }: VerifyingKey): Promise<OpenKey> {
  const { key: kind, sign } = ALGORITHMS[algorithm];
  const imported = await importKey(key, kind, algorithm);
  return { algorithm, isRight: (signature, data) => crypto.subtle.verify(sign, imported, signature, data) };
}

function importKey(
  key: string | Jwk,
  kind: Parameters<SubtleCrypto["importKey"]>[2],
  algorithm: SignatureAlgorithm,
): Promise<CryptoKey> {
  if (typeof key !== "string") {
    // What a JWK says of its use is for others, and of a private key only the public part is wanted.
    const {
      alg: _alg,
      use: _use,
      key_ops: _operations,
      ext: _ext,
      d: _d,
      p: _p,
      q: _q,
      dp: _dp,
      dq: _dq,
      qi: _qi,
      ...material
    } = key;
    return crypto.subtle.importKey("jwk", material as unknown as JsonWebKey, kind, false, ["verify"]);
  }
  if (algorithm === "hmac-sha256") return crypto.subtle.importKey("raw", utf8(key), kind, false, ["verify"]);
  const pem = PEM.exec(key.trim());
  if (pem === null) throw new Error("the key is no PEM of a PUBLIC KEY");
  const der = Uint8Array.from(atob(pem[1]!.replaceAll(/\s/g, "")), (char) => char.charCodeAt(0));
  return crypto.subtle.importKey("spki", der, kind, false, ["verify"]);
}
