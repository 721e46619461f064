/** Whether a token is what it says: its header, then its signature, then its claims. */
import { compactVerify } from "jose";
import type { JwtProvider } from "../../core/mesh.ts";
import { type JsonObject, type JwsText, jsonObject } from "./jws-text.ts";
import { candidates, importFor, type SigningKey } from "./signing-keys.ts";
import { claimsFault } from "./token-claims.ts";

export type Verified =
  | { readonly ok: true; readonly claims: JsonObject }
  /** `why`: for the log. */
  | { readonly ok: false; readonly why: string };

/** What is wrong with a header before any key is looked for; null nothing. Never throws. */
export function headerFault(
  { header }: JwsText,
  { algorithms, tokenType }: Pick<JwtProvider, "algorithms" | "tokenType">,
): string | null {
  const { alg, kid, typ, crit, b64 } = header;
  if (typeof alg !== "string" || !algorithms.includes(alg)) return "algorithm not allowed";
  if (kid !== undefined && typeof kid !== "string") return "kid is not text";
  // RFC 7515 §4.1.11: whoever does not understand what is critical refuses; RFC 7797 §7: no token has an unencoded payload.
  if (crit !== undefined || b64 !== undefined) return "it needs an extension";
  if (tokenType === "") return null;
  const isOther = typeof typ !== "string" || typ.toLowerCase().replace(/^application\//, "") !== tokenType;
  return isOther ? "typ is another" : null;
}

/** Whether one of the keys may have signed the token. */
export function hasKeyFor(keys: readonly SigningKey[], text: JwsText): boolean {
  return candidates(keys, text.header).length > 0;
}

/** Never rejects. */
export async function verifyToken(
  token: string,
  text: JwsText,
  { keys, rules, nowMs }: { readonly keys: readonly SigningKey[]; readonly rules: JwtProvider; readonly nowMs: number },
): Promise<Verified> {
  const why = await signatureFault(token, text, keys);
  if (why !== null) return { ok: false, why };
  const claims = jsonObject(text.payload);
  if (claims === null) return { ok: false, why: "its payload is no JSON object, or says something twice" };
  const fault = claimsFault(claims, rules, nowMs);
  return fault === null ? { ok: true, claims } : { ok: false, why: fault };
}

/**
 * What is wrong with the signature; null nothing. One verification for each key that may have signed the token, until one did.
 * Never rejects.
 */
export async function signatureFault(
  token: string,
  text: JwsText,
  keys: readonly SigningKey[],
): Promise<string | null> {
  const alg = text.header.alg as string;
  const options = { algorithms: [alg] };
  const tried = candidates(keys, text.header);
  if (tried.length > 1 && tried.every(({ jwk }) => jwk.kid !== undefined && jwk.kid === text.header.kid)) {
    return "several keys have its kid";
  }
  let why = "no key fits";
  for (const key of tried) {
    const imported = await importFor(key, alg);
    if (imported === null) {
      why = "the key cannot be used";
      continue;
    }
    try {
      await compactVerify(token, imported, options);
      return null;
    } catch {
      why = "the signature is not right";
    }
  }
  return why;
}
