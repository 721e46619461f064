/** Whether a token is what it says: signature first, then its claims. The only file that knows how jose words its refusals. */
import { errors, jwtVerify } from "jose";
import type { JwtProvider } from "../../core/mesh.ts";
import { type JsonObject, type JwsText, jsonObject } from "./jws-text.ts";
import { candidates, importFor, type SigningKey } from "./signing-keys.ts";

export type Verified =
  | { readonly ok: true; readonly claims: JsonObject }
  /** `why`: for the log. */
  | { readonly ok: false; readonly why: string };

type Rules = Pick<
  JwtProvider,
  "issuer" | "audiences" | "algorithms" | "clockSkewMs" | "requiredClaims" | "requireExpiry" | "tokenType"
>;

/** What is wrong with a header before any key is looked for; null nothing. Never throws. */
export function headerFault({ header }: JwsText, { algorithms, tokenType }: Rules): string | null {
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || !algorithms.includes(alg)) return "algorithm not allowed";
  if (kid !== undefined && typeof kid !== "string") return "kid is not text";
  if (tokenType !== "") {
    if (typeof typ !== "string" || typ.toLowerCase().replace(/^application\//, "") !== tokenType)
      return "typ is another";
  }
  return null;
}

/** Whether one of the keys fits the token. */
export function hasKeyFor(keys: readonly SigningKey[], text: JwsText): boolean {
  return candidates(keys, text.header).length > 0;
}

/** Never rejects. One verification for each key that may have signed it, until one did. */
export async function verifyToken(
  token: string,
  text: JwsText,
  { keys, rules, nowMs }: { readonly keys: readonly SigningKey[]; readonly rules: Rules; readonly nowMs: number },
): Promise<Verified> {
  const alg = text.header.alg as string;
  const claims = jsonObject(text.payload);
  if (claims === null) return { ok: false, why: "payload is no JSON object, or says something twice" };
  const options = {
    algorithms: [alg],
    clockTolerance: rules.clockSkewMs / 1_000,
    currentDate: new Date(nowMs),
    requiredClaims: rules.requireExpiry ? ["exp", ...rules.requiredClaims] : [...rules.requiredClaims],
    ...(rules.issuer !== "" && { issuer: rules.issuer }),
    ...(rules.audiences.length > 0 && { audience: [...rules.audiences] }),
  };
  let why = "no key fits";
  for (const key of candidates(keys, text.header)) {
    const imported = await importFor(key, alg);
    if (imported === null) {
      why = "the key cannot be used";
      continue;
    }
    try {
      await jwtVerify(token, imported, options);
      return { ok: true, claims };
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return { ok: false, why: wordsOf(error) };
      why = "the signature is not right";
    }
  }
  return { ok: false, why };
}

/** Names of claims are the provider's or the standard's; values of the token are not repeated. */
function wordsOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `claim ${error.claim}: ${error.reason}`;
  if (error instanceof errors.JOSEError) return error.code;
  return "it cannot be verified";
}
