/**
 * Tokens. What was verified is remembered for as long as the token, its keys and the bound of the memory allow, so that the
 * second request of a client costs a lookup.
 */
import type { CredentialPlace, JwtProvider } from "../../core/mesh.ts";
import type { Allowance } from "../endpoint-url.ts";
import { type BoundedCache, createBoundedCache, forget, recall, remember } from "./bounded-cache.ts";
import { headersOfClaims } from "./claim-headers.ts";
import { hasKeys, jwksProblem, moreKeys, type OpenJwks, openJwks } from "./jwks.ts";
import { type JwsText, jsonObject, jwsText } from "./jws-text.ts";
import type { OpenProvider } from "./open.ts";
import {
  type Caller,
  type Check,
  type Passed,
  type Refused,
  remembered,
  unauthenticated,
  unavailable,
} from "./outcome.ts";
import { hasKeyFor, headerFault, verifyToken } from "./verify-token.ts";

export interface OpenJwt extends OpenProvider {
  readonly provider: JwtProvider;
  readonly jwks: OpenJwks;
  readonly verified: BoundedCache<VerifiedToken>;
  /** Judges a token found in one place. Never rejects. */
  judge(token: string, place: CredentialPlace, caller: Caller): Check | Promise<Check>;
}

interface VerifiedToken {
  readonly passed: Passed;
  /** Of the keys. */
  readonly revision: number;
  /** Epoch; Infinity for a token that does not end. */
  readonly endsAtMs: number;
  readonly place: CredentialPlace;
}

/** Tokens remembered by an isolate for one provider: at a usual kilobyte each some megabytes. */
const REMEMBERED_TOKENS = 2_000;

export const INVALID_TOKEN = 'Bearer realm="heddle", error="invalid_token"';

export function openJwt(provider: JwtProvider, allow: readonly Allowance[]): OpenJwt {
  const jwks = openJwks(provider.jwks, allow);
  const verified = createBoundedCache<VerifiedToken>(REMEMBERED_TOKENS);
  const judge: OpenJwt["judge"] = (token, place, caller) => {
    const isUsable = hasKeys(jwks, caller);
    const known = recall(verified, token);
    if (known !== undefined && isUsable && known.revision === jwks.revision && known.place === place) {
      if (caller.nowMs < known.endsAtMs) return known.passed;
      forget(verified, token);
      return refuse(provider, "it has expired");
    }
    if (token.length > provider.maxTokenBytes) return refuse(provider, "it is too long");
    const text = jwsText(token);
    if (text === null) return refuse(provider, "it is no signed token");
    const fault = headerFault(text, provider);
    return fault === null ? verify(token, text, place, caller) : refuse(provider, fault);
  };
  const verify = async (token: string, text: JwsText, place: CredentialPlace, caller: Caller): Promise<Check> => {
    // Twice: what another isolate fetched comes first, and may be older than a rotation.
    for (let i = 0; i < 2 && !(hasKeys(jwks, caller) && hasKeyFor(jwks.keys, text)); i += 1)
      await moreKeys(jwks, caller);
    if (!hasKeys(jwks, caller)) return unavailable(provider.name, jwks.problem || "the keys are not known yet");
    const { revision } = jwks;
    const result = await verifyToken(token, text, { keys: jwks.keys, rules: provider, nowMs: caller.nowMs });
    if (!result.ok) return refuse(provider, result.why);
    const passed = remembered(passedOf(provider, result.claims, place));
    const { exp } = result.claims;
    const endsAtMs = typeof exp === "number" ? exp * 1_000 + provider.clockSkewMs : Number.POSITIVE_INFINITY;
    remember(verified, token, { passed, revision, endsAtMs, place });
    return passed;
  };
  return {
    name: provider.name,
    provider,
    jwks,
    verified,
    judge,
    check: () => null,
    problem: (env) => jwksProblem(jwks, env),
  };
}

function refuse({ name }: JwtProvider, why: string): Refused {
  return unauthenticated(name, why, INVALID_TOKEN);
}

function passedOf(provider: JwtProvider, claims: Readonly<Record<string, unknown>>, place: CredentialPlace): Passed {
  const { iss, sub } = claims;
  const id = typeof iss === "string" && typeof sub === "string" && sub !== "" ? `${iss}/${sub}` : "";
  return {
    ok: true,
    principal: { kind: provider.type, id, claims },
    provider: provider.name,
    withhold: provider.forward ? null : { type: place.type, name: place.name },
    claims: headersOfClaims(provider.claimsToHeaders, claims),
  };
}

/** The issuer that a token names, not believed: it says only whose keys to try. "" for none. */
export function claimedIssuer(token: string): string {
  const text = jwsText(token);
  const iss = text === null ? undefined : jsonObject(text.payload)?.iss;
  return typeof iss === "string" ? iss : "";
}
