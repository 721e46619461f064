/** A client's signed word to an issuer: a JWT as RFC 7523 has it. */
import { CompactSign } from "jose";
import type { AssertionAlgorithm } from "../../../core/mesh-origins.ts";
import { utf8 } from "../../authn/bytes.ts";
import { importSigningKey } from "../private-key.ts";
import type { KeyAlgorithm } from "../signature-algorithms.ts";

export interface Assertion {
  readonly algorithm: AssertionAlgorithm;
  /** PKCS#8 in PEM, or a JWK. */
  readonly key: string;
  /** Beside `alg` and `typ`; empty texts are left out. */
  readonly header: Readonly<Record<string, string>>;
  readonly claims: Readonly<Record<string, string | number>>;
}

export type SignedAssertion =
  | { readonly ok: true; readonly jwt: string }
  /** `why` follows "the secret NAME"; no part of the key is in it. */
  | { readonly ok: false; readonly why: string };

const IMPORTED_AS: Readonly<Record<AssertionAlgorithm, KeyAlgorithm>> = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  ES384: { name: "ECDSA", namedCurve: "P-384" },
};

/** Signs it. The key is imported each time: a token lasts for many requests. Never rejects. */
export async function signAssertion({ algorithm, key, header, claims }: Assertion): Promise<SignedAssertion> {
  const imported = await importSigningKey(key, IMPORTED_AS[algorithm]);
  if (!imported.ok) return imported;
  const named = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== ""));
  try {
    const signing = new CompactSign(utf8(JSON.stringify(claims)));
    signing.setProtectedHeader({ alg: algorithm, typ: "JWT", ...named });
    return { ok: true, jwt: await signing.sign(imported.key) };
  } catch {
    // jose takes no RSA key under 2048 bits.
    return { ok: false, why: "is too weak a key" };
  }
}
