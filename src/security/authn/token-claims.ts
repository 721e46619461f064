import type { JwtProvider } from "../../core/mesh.ts";
import type { JsonObject } from "./jws-text.ts";

export type ClaimRules = Pick<JwtProvider, "issuer" | "audiences" | "clockSkewMs" | "requiredClaims" | "requireExpiry">;

/**
 * What is wrong with the claims of a token whose signature is right; null nothing. `exp` is the first moment at which it is
 * over, `nbf` the first at which it holds; both give way by the clock skew.
 *
 * Never throws. Names no values of the token. Source: RFC 7519 §4.1.
 */
export function claimsFault(claims: JsonObject, rules: ClaimRules, nowMs: number): string | null {
  const { iss, aud, exp, nbf, iat, sub } = claims;
  const { clockSkewMs } = rules;
  if (rules.issuer !== "" && iss !== rules.issuer) return "its issuer is another";
  if (sub !== undefined && typeof sub !== "string") return "sub is not text";
  if (rules.audiences.length > 0 && !isFor(aud, rules.audiences)) return "it is for another audience";
  if (exp === undefined) {
    if (rules.requireExpiry) return "it does not say when it ends";
  } else if (!isDate(exp)) return "exp is no date";
  else if (nowMs >= exp * 1_000 + clockSkewMs) return "it has expired";
  if (nbf !== undefined) {
    if (!isDate(nbf)) return "nbf is no date";
    if (nowMs < nbf * 1_000 - clockSkewMs) return "it does not hold yet";
  }
  if (iat !== undefined && !isDate(iat)) return "iat is no date";
  const missing = rules.requiredClaims.find((name) => !Object.hasOwn(claims, name) || claims[name] === null);
  return missing === undefined ? null : `it has no claim ${missing}`;
}

/** Seconds since 1970, fractions allowed. */
function isDate(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isFor(aud: unknown, audiences: readonly string[]): boolean {
  if (typeof aud === "string") return audiences.includes(aud);
  return Array.isArray(aud) && aud.some((one) => typeof one === "string" && audiences.includes(one));
}
