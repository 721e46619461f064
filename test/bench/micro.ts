/** What deciding costs, without the platform: match, pick, record, guard, in nanoseconds; a guard on workerd as well. */
import type { RequestHead } from "../../src/core/request-head.ts";
import { seededRng } from "../../src/core/rng.ts";
import { matchRoute } from "../../src/core/route/match.ts";
import { openRoutes } from "../../src/core/route/table.ts";
import { createServiceState, onAttemptEnd, onAttemptStart, pickEndpoint } from "../../src/core/service-state.ts";
import { authorizingBenchmarks } from "./authorizing.ts";
import { boundsBenchmarks } from "./bounding.ts";
import { countingWorkloads } from "./counting.ts";
import { workerdGuardBenchmarks } from "./guard-on-workerd.ts";
import { guardStepBenchmarks } from "./guard-steps.ts";
import { guardBenchmarks } from "./guarding.ts";
import { limitingBenchmarks } from "./limiting.ts";
import { matchWorkloads } from "./match-kinds.ts";
import { meshOf } from "./meshes.ts";
import { signingBenchmarks } from "./signing.ts";
import { tellingWorkloads } from "./telling.ts";

export interface MicroResult {
  readonly name: string;
  readonly ns: number;
}

const ITERATIONS = 400_000;
const REPEATS = 7;
const ORIGINS = ["http://127.0.0.1:9001", "http://127.0.0.1:9002", "http://127.0.0.1:9003"];

/** Median of several runs, so that one pause of the machine does not show. */
function time(body: (i: number) => void, iterations = ITERATIONS): number {
  const runs = Array.from({ length: REPEATS }, () => {
    const startedAt = performance.now();
    for (let i = 0; i < iterations; i += 1) body(i);
    return ((performance.now() - startedAt) * 1e6) / iterations;
  });
  return runs.sort((a, b) => a - b)[REPEATS >> 1]!;
}

export async function microBenchmarks(): Promise<MicroResult[]> {
  const results: MicroResult[] = [];
  for (const routes of [10, 1_000]) {
    const table = openRoutes(await meshOf({ origins: ORIGINS, routes }));
    const heads = Array.from({ length: 256 }, (_, i) => headOf(`/area-${(i * 37) % routes}/items/${i}`));
    results.push({ name: `match, ${routes} routes`, ns: time((i) => matchRoute(table, heads[i & 255]!)) });
  }
  for (const { name, table, heads } of await matchWorkloads([10, 1_000, 10_000])) {
    if (heads.some((head) => matchRoute(table, head) === null)) throw new Error(`${name}: a request matches nothing`);
    results.push({ name: `match, ${name}`, ns: time((i) => matchRoute(table, heads[i & 255]!)) });
  }
  for (const endpoints of [3, 100]) {
    const mesh = await meshOf({ origins: ORIGINS, endpoints });
    const rng = seededRng(1);
    const state = createServiceState({ service: mesh.services[0]!, region: "weur", rng, nowMs: 0 });
    const input = { nowMs: 0, rng, hashKey: "", tried: null };
    results.push({
      name: `pick (adaptive), ${endpoints} endpoints`,
      ns: time((i) => {
        input.nowMs = i / 1_000;
        pickEndpoint(state, input);
      }),
    });
    results.push({
      name: `record, ${endpoints} endpoints`,
      ns: time((i) => {
        const nowMs = i / 1_000;
        const endpoint = i % endpoints;
        onAttemptStart(state, endpoint, nowMs);
        const latencyMs = 20 + (i & 31);
        onAttemptEnd(
          state,
          endpoint,
          { outcome: "ok", status: 200, latencyMs, nowMs, isRetry: false, isHedge: false, retryAfterMs: 0 },
          null,
        );
      }),
    });
  }
  for (const { name, body } of countingWorkloads()) results.push({ name, ns: time(body) });
  results.push(
    ...boundsBenchmarks(),
    ...(await guardBenchmarks()),
    ...authorizingBenchmarks(),
    ...limitingBenchmarks(),
  );
  results.push(...(await guardStepBenchmarks()), ...(await workerdGuardBenchmarks()), ...(await signingBenchmarks()));
  for (const { name, body } of tellingWorkloads()) results.push({ name, ns: time(body, ITERATIONS / 20) });
  return results;
}

/** A GET as most are: nothing but its path tells the routes apart. */
export function headOf(path: string): RequestHead {
  return {
    method: "GET",
    scheme: "https",
    host: "shop.example",
    port: 443,
    path,
    query: "",
    header: () => null,
  };
}
