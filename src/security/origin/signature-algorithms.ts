/** How WebCrypto imports the keys of RFC 9421's algorithms, and signs and verifies with them. Source: RFC 9421 §3.3. */
import type { SignatureAlgorithm } from "../../core/mesh-origins.ts";

/** As WebCrypto wants them. */
export type KeyAlgorithm = Parameters<SubtleCrypto["importKey"]>[2];
export type SignWith = Parameters<SubtleCrypto["sign"]>[0];

export const ALGORITHMS: Readonly<Record<SignatureAlgorithm, { readonly key: KeyAlgorithm; readonly sign: SignWith }>> =
  {
    "ecdsa-p256-sha256": {
      key: { name: "ECDSA", namedCurve: "P-256" },
      sign: { name: "ECDSA", hash: "SHA-256" },
    },
    "ecdsa-p384-sha384": {
      key: { name: "ECDSA", namedCurve: "P-384" },
      sign: { name: "ECDSA", hash: "SHA-384" },
    },
    ed25519: { key: { name: "Ed25519" }, sign: { name: "Ed25519" } },
    "rsa-pss-sha512": { key: { name: "RSA-PSS", hash: "SHA-512" }, sign: { name: "RSA-PSS", saltLength: 64 } },
    "rsa-v1_5-sha256": {
      key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
      sign: { name: "RSASSA-PKCS1-v1_5" },
    },
    "hmac-sha256": { key: { name: "HMAC", hash: "SHA-256" }, sign: { name: "HMAC" } },
  };
