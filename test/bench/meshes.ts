/** The configs that the benchmark runs, as a user would write them. */
import { compileMesh } from "../../src/config/compile.ts";
import { parseConfig } from "../../src/config/decode.ts";
import type { Mesh } from "../../src/core/mesh.ts";
import { BENCH_ISSUER, type BenchSigner } from "./guarding.ts";

export interface Shape {
  readonly origins: readonly string[];
  readonly routes?: number;
  readonly endpoints?: number;
  /** Everything that costs and can be switched off, off: deadlines and forwarded headers. */
  readonly plain?: boolean;
  /** Callers have to bring a token that this key signed. Absent: nobody is asked. */
  readonly signedWith?: BenchSigner["jwk"];
  /** With `signedWith`: so many policies decide, and each caller has a rate of its own. */
  readonly policies?: number;
  /** Answers say what is left of the rate, which is the default. */
  readonly tellsRate?: false;
  /** Percent of requests that are told of by an access log and by traces, which go to the first origin. Absent: nothing is. */
  readonly toldPercent?: number;
}

const CLOUDS = ["aws", "gcp", "azure"];

/** A mesh of one shop service behind so many routes. Throws with the faults when the config is wrong. */
export async function meshOf(shape: Shape): Promise<Mesh> {
  const endpoints = Array.from({ length: shape.endpoints ?? 3 }, (_, i) => ({
    id: `${CLOUDS[i % CLOUDS.length]}-${i}`,
    // One address gives every endpoint the same pool of connections, as the baseline has: what differs is the mesh.
    url: `${shape.origins[i % shape.origins.length]}/e${i}`,
    locality: { cloud: CLOUDS[i % CLOUDS.length], region: "us-east-1" },
  }));
  const rules = Array.from({ length: shape.routes ?? 1 }, (_, i) => ({
    name: `rule-${i}`,
    matches: [{ path: { type: "PathPrefix", value: shape.routes === undefined ? "/" : `/area-${i}/items` } }],
    backendRefs: [{ service: "shop" }],
  }));
  const timeouts = { request: "0s", backendRequest: "0s" };
  const edge = { xForwarded: "off", via: false, timeoutHeader: false };
  const guard = guardConfig(shape);
  const config = {
    services: { shop: { endpoints, ...(shape.plain ? { timeouts } : {}) } },
    ...guard.mesh,
    routes: inRoutes(rules).map((route) => ({ ...route, ...guard.route })),
    ...(shape.plain ? { edge } : {}),
    ...(shape.toldPercent === undefined ? {} : { telemetry: telemetryOf(shape.toldPercent, shape.origins[0]!) }),
  };
  const parsed = parseConfig(JSON.stringify(config), { format: "json", file: "bench.json" });
  if (!parsed.ok) throw new Error(`The benchmark's config has faults: ${JSON.stringify(parsed.faults)}`);
  return compileMesh(parsed.config, { nowMs: Date.now() });
}

/** What a guard adds to the mesh, and to each route. */
export function guardConfig({ signedWith, policies, tellsRate }: Pick<Shape, "signedWith" | "policies" | "tellsRate">) {
  return {
    mesh: signedWith === undefined ? {} : { authentication: authenticationBy(signedWith) },
    route: {
      ...(signedWith === undefined ? {} : { authentication: { providers: ["idp"], required: true } }),
      ...(policies === undefined ? {} : guardOf(policies, tellsRate ?? true)),
    },
  };
}

function authenticationBy(jwk: BenchSigner["jwk"]) {
  return { providers: { idp: { type: "JWT", issuer: BENCH_ISSUER, audiences: ["shop"], jwks: { keys: [jwk] } } } };
}

/** Policies as people write them: who may see what, and from where. The last ones admit the bench's own requests. */
function guardOf(count: number, headers: boolean) {
  const kinds = [
    (n: number) => ({ to: [{ operation: { paths: [`/area-${n}/*`], methods: ["GET", "POST"] } }] }),
    (n: number) => ({ when: [{ key: "request.auth.claims[tenant]", values: [`tenant-${n}`] }] }),
    (n: number) => ({ from: [{ source: { ipBlocks: [`10.${n >> 8}.${n & 255}.0/24`] } }] }),
    (n: number) => ({ from: [{ source: { requestPrincipals: [`${BENCH_ISSUER}/caller-${1_000 + n}`] } }] }),
  ];
  const policies = Array.from({ length: count }, (_, n) => ({
    name: `policy-${n}`,
    action: n % 4 === 3 ? "ALLOW" : "DENY",
    rules: [kinds[n % kinds.length]!(n)],
  }));
  const scope = { key: "request.auth.claims[scope]", values: ["read"] };
  policies[count - 1] = { name: "readers", action: "ALLOW", rules: [{ when: [scope] } as never] };
  return {
    authorization: { policies },
    rateLimits: [{ limit: 1_000_000, window: "1s", key: ["principal"], headers }],
  };
}

function telemetryOf(samplePercent: number, origin: string) {
  return {
    accessLog: { samplePercent, linesPerSecond: 10_000 },
    tracing: { samplePercent, endpoint: `${origin}/v1/traces` },
  };
}

/** A route holds a thousand rules at most. */
const RULES_IN_A_ROUTE = 1_000;

function inRoutes<Rule>(rules: readonly Rule[]): { rules: Rule[] }[] {
  const routes = Math.ceil(rules.length / RULES_IN_A_ROUTE);
  return Array.from({ length: routes }, (_, i) => ({
    rules: rules.slice(i * RULES_IN_A_ROUTE, (i + 1) * RULES_IN_A_ROUTE),
  }));
}
