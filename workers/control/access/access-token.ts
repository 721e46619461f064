/**
 * Callers whom Cloudflare Access has let in, by the token that it puts on requests: for Workers that the platform tells nothing of
 * who calls. The token is believed for its signature alone, by the keys of the team, and only when the deployment says which team
 * and which application; the header of anybody else is worth nothing.
 *
 * Source: Cloudflare One, "Validate JWTs".
 */
import type { JwtProvider } from "../../../src/core/mesh.ts";
import { type OpenJwt, openJwt } from "../../../src/security/authn/jwt.ts";
import type { Check } from "../../../src/security/authn/outcome.ts";
import { parseAllowances } from "../../../src/security/endpoint-url.ts";
import type { ApiContext } from "../context.ts";
import type { ControlEnvironment } from "../environment.ts";
import { Unreachable } from "../http/ask.ts";
import type { AccessIdentity } from "./access-identity.ts";

const HEADER = "cf-access-jwt-assertion";
const WHAT = "Cloudflare Access";
/** The team publishes a new key long before it signs with it, and keeps the old one for a while. */
const KEYS = { refreshMs: 300_000, keepMs: 86_400_000, minRefetchMs: 10_000, timeoutMs: 5_000, maxBytes: 262_144 };

export type TokenIdentity =
  | { readonly identity: AccessIdentity; readonly expiresAtMs: number }
  /** Not signed by the team, for another application, expired. */
  | "wrong"
  /** None was sent, or the deployment believes none. */
  | null;

/** Who the request's token says is calling. Throws Unreachable when the team's keys are not to be had. */
export async function tokenIdentity(context: ApiContext): Promise<TokenIdentity> {
  const token = context.req.header(HEADER);
  const opened = token === undefined ? null : openedFor(context.env);
  if (token === undefined || opened === null) return null;
  const check = await judge(opened, token, context);
  if (check === null) return null;
  if (!check.ok) {
    if (check.kind === "unavailable") throw new Unreachable(WHAT, check.why);
    return "wrong";
  }
  const { email, groups, custom, exp } = check.principal.claims;
  const names = groups ?? (custom as { readonly groups?: unknown } | undefined)?.groups;
  return {
    identity: {
      ...(typeof email === "string" && { email }),
      groups: Array.isArray(names) ? names.filter((name) => typeof name === "string") : [],
    },
    expiresAtMs: Number(exp) * 1_000,
  };
}

function judge({ judge: verify, provider }: OpenJwt, token: string, context: ApiContext): Check | Promise<Check> {
  const { host, pathname, search } = new URL(context.req.url);
  return verify(token, provider.from[0]!, {
    request: context.req.raw,
    host,
    path: pathname,
    query: search,
    clientIp: "",
    env: {},
    nowMs: context.get("nowMs"),
    waitUntil: (promise) => context.executionCtx.waitUntil(promise),
  });
}

type Settings = Pick<ControlEnvironment, "HEDDLE_ACCESS_TEAM" | "HEDDLE_ACCESS_AUD" | "HEDDLE_ALLOW_ENDPOINTS">;

/** Of this isolate: with the keys and tokens that it knows. */
let known: { readonly settings: string; readonly opened: OpenJwt } | null = null;

function openedFor({ HEDDLE_ACCESS_TEAM, HEDDLE_ACCESS_AUD, HEDDLE_ALLOW_ENDPOINTS }: Settings): OpenJwt | null {
  const issuer = (HEDDLE_ACCESS_TEAM ?? "").trim().replace(/\/$/, "");
  const audiences = (HEDDLE_ACCESS_AUD ?? "").split(/[\s,]+/).filter((audience) => audience !== "");
  // Without an audience the token of any application of the team would do.
  if (issuer === "" || audiences.length === 0) return null;
  const settings = JSON.stringify([issuer, audiences, HEDDLE_ALLOW_ENDPOINTS]);
  if (known?.settings !== settings) {
    const { allow } = parseAllowances(HEDDLE_ALLOW_ENDPOINTS);
    known = { settings, opened: openJwt(providerOf(issuer, audiences), allow) };
  }
  return known.opened;
}

function providerOf(issuer: string, audiences: readonly string[]): JwtProvider {
  return {
    type: "access",
    name: WHAT,
    issuer,
    audiences,
    algorithms: ["RS256"],
    jwks: { type: "remote", url: `${issuer}/cdn-cgi/access/certs`, ...KEYS },
    clockSkewMs: 30_000,
    requiredClaims: [],
    requireExpiry: true,
    tokenType: "",
    maxTokenBytes: 16_384,
    from: [{ type: "header", name: HEADER, prefix: "" }],
    claimsToHeaders: [],
    forward: true,
  };
}
