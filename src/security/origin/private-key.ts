/**
 * Private keys as operators have them: PKCS#8 in PEM, as `openssl genpkey` writes it, or a JWK. A text that went through an
 * environment file may have its line breaks as `\n`. The algorithm says what the key has to be, never the reverse.
 */
import { utf8 } from "../authn/bytes.ts";
import type { KeyAlgorithm } from "./signature-algorithms.ts";

export type ImportedKey =
  | { readonly ok: true; readonly key: CryptoKey }
  /** `why` follows "the secret NAME". */
  | { readonly ok: false; readonly why: string };

const PEM = /^-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]+)-----END \1-----$/;

/** A key that signs by `algorithm`, or why the text is none. Never rejects; what it says holds no part of the text. */
export async function importSigningKey(text: string, algorithm: KeyAlgorithm): Promise<ImportedKey> {
  const trimmed = text.replaceAll("\\n", "\n").trim();
  try {
    if (trimmed.startsWith("{")) return await fromJwk(text, algorithm);
    const pem = PEM.exec(trimmed);
    if (pem === null) return fault("is neither PEM nor a JWK");
    if (pem[1] === "ENCRYPTED PRIVATE KEY") return fault("is encrypted: take its passphrase off with `openssl pkcs8`");
    if (pem[1] !== "PRIVATE KEY") {
      return fault(
        `is ${/^[AEIOU]/.test(pem[1]!) ? "an" : "a"} ${pem[1]}, which is not PKCS#8: convert it with \`openssl pkcs8 -topk8 -nodes\``,
      );
    }
    const der = Uint8Array.from(atob(pem[2]!.replaceAll(/\s/g, "")), (char) => char.charCodeAt(0));
    return { ok: true, key: await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]) };
  } catch {
    return fault("is no key of the algorithm");
  }
}

/** Of a text that may be a JWK of the kind `oct`; else its bytes are the key. Never rejects. */
export async function importHmacKey(text: string, minLength: number): Promise<ImportedKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  try {
    if (text.trimStart().startsWith("{")) return await fromJwk(text, algorithm);
    if (text.length < minLength) return fault(`is too short: ${minLength} characters at least`);
    return { ok: true, key: await crypto.subtle.importKey("raw", utf8(text), algorithm, false, ["sign"]) };
  } catch {
    return fault("is no key of the algorithm");
  }
}

async function fromJwk(text: string, algorithm: KeyAlgorithm): Promise<ImportedKey> {
  const jwk = JSON.parse(text) as JsonWebKey;
  // What a JWK says of its use is for others; that it can sign is seen by importing it.
  const { alg: _alg, use: _use, key_ops: _operations, ext: _ext, ...material } = jwk;
  return { ok: true, key: await crypto.subtle.importKey("jwk", material, algorithm, false, ["sign"]) };
}

function fault(why: string): ImportedKey {
  return { ok: false, why };
}
