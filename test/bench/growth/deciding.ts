/** How the cost of deciding grows with routes and endpoints. */
import { matchRoute } from "../../../src/core/route/match.ts";
import { openRoutes } from "../../../src/core/route/table.ts";
import { timeNs } from "../measure/timed.ts";
import { meshOf } from "../meshes.ts";
import { headOf } from "../micro.ts";
import { warmIsolate } from "./isolate.ts";

const ORIGINS = ["http://127.0.0.1:9001", "http://127.0.0.1:9002", "http://127.0.0.1:9003"];
/** Requests per ms of virtual time: a busy isolate. */
const PER_MS = 1;

export interface Grown {
  readonly size: number;
  readonly ns: number;
}

/** ns to find the rule of a request among so many. */
export async function matchGrowth(sizes: readonly number[]): Promise<Grown[]> {
  const grown: Grown[] = [];
  for (const size of sizes) {
    const table = openRoutes(await meshOf({ origins: ORIGINS, routes: size }));
    const heads = headsOver(size);
    if (matchRoute(table, heads[1]!) === null) throw new Error("a request of the benchmark matches no route");
    grown.push({ size, ns: timeNs((i) => matchRoute(table, heads[i & 255]!)) });
  }
  return grown;
}

/** ns to pick an endpoint among so many by the adaptive policy, on a snapshot as an object publishes it. */
export async function pickGrowth(sizes: readonly number[]): Promise<Grown[]> {
  const grown: Grown[] = [];
  for (const size of sizes) {
    const isolate = warmIsolate(await meshOf({ origins: ORIGINS, endpoints: size }), 1);
    const startMs = isolate.state.snapshotAtMs;
    grown.push({ size, ns: timeNs((i) => isolate.pick(startMs + (i / PER_MS) * 1e-3)) });
  }
  return grown;
}

/** ns to note that an attempt began and that it was answered. */
export async function recordGrowth(sizes: readonly number[]): Promise<Grown[]> {
  const grown: Grown[] = [];
  for (const size of sizes) {
    const isolate = warmIsolate(await meshOf({ origins: ORIGINS, endpoints: size }), 1);
    const startMs = isolate.state.snapshotAtMs;
    grown.push({ size, ns: timeNs((i) => isolate.record(i % size, startMs + (i / PER_MS) * 1e-3)) });
  }
  return grown;
}

/**
 * ns for all that one request decides: match, pick, record, and its share of a report and a snapshot each second at a
 * thousand requests a second.
 */
export async function decideNs(routes: number, endpoints: number): Promise<number> {
  const mesh = await meshOf({ origins: ORIGINS, routes, endpoints });
  const table = openRoutes(mesh);
  const heads = headsOver(routes);
  const isolate = warmIsolate(mesh, 1);
  const startMs = isolate.state.snapshotAtMs;
  return timeNs((i) => {
    const nowMs = startMs + i;
    if (matchRoute(table, heads[i & 255]!) === null) throw new Error("a request of the benchmark matches no route");
    isolate.request(nowMs);
    if (i % 1_000 === 999) isolate.sync(nowMs);
  });
}

function headsOver(routes: number) {
  return Array.from({ length: 256 }, (_, i) => headOf(`/area-${(i * 37) % routes}/items/${i}`));
}
