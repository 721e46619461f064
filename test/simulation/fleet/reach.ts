/**
 * How soon a fleet runs a new version of the mesh: the config object tells the monitors, one after the other, isolates hear
 * of it with their next sync and load it, from their data centre's cache when another one has. What an isolate decides is
 * decided by the module that the edge runs (src/edge/mesh/reach.ts).
 */
import type { Mesh } from "../../../src/core/mesh.ts";
import { type Rng, seededRng } from "../../../src/core/rng.ts";
import { createReach, mayLoad, onAdopted, type Reach } from "../../../src/edge/mesh/reach.ts";
import { createEventQueue, type EventQueue, runUntil, schedule } from "../../../src/simulate/engine/event-queue.ts";
import { meshFor } from "./fleet.ts";
import { type Colo, type Origins, SimIsolate } from "./isolate.ts";
import { Objects } from "./object.ts";
import { regionAt } from "./places.ts";

export interface ReachOptions {
  readonly isolates: number;
  readonly colos: number;
  /** Requests per second of one isolate. */
  readonly rps: number;
  /** So long after the apply the monitors are told, all of them at once and none before, ms. */
  readonly toldAfterMs: number;
  readonly seed: number;
}

export interface ReachResult {
  /** Isolates that had a request within 5 s after the apply, of all. */
  readonly activeRatio: number;
  /** Requests that began on the old version, of all that came later than 5 s after the apply. */
  readonly lateRatio: number;
  /** Of those: on the new version after so many milliseconds. */
  readonly onNewAt: (ms: number) => number;
  /** Until so many of them were, ms; Infinity when they never were. */
  readonly after: (ratio: number) => number;
  /** Loads from elsewhere than the data centre's cache, and all. */
  readonly farLoads: number;
  readonly loads: number;
  readonly callsPerIsolate: number;
}

const WARM_UP_MS = 20_000;
const WATCH_MS = 20_000;
const ACTIVE_MS = 5_000;
/** As JITTER_MS of src/edge/mesh/load.ts. */
const JITTER_MS = 250;
/** A look into the data centre's cache, and a text from KV or the object that is new everywhere, ms. */
const NEAR_MS = 5;
const FAR_MS = [100, 500] as const;
const NEXT = "2222222222222222";

interface Loader {
  readonly queue: EventQueue;
  readonly rng: Rng;
  readonly reach: Reach;
  /** Data centres whose cache has the new version. */
  readonly cached: Set<Colo>;
  readonly colo: Colo;
  readonly mesh: Mesh;
  onNewAtMs: number;
  requests: number;
  /** Requests that began on the old version. */
  onOld: number;
}

/** Plays the run. Deterministic in its options. */
export async function runReach(options: ReachOptions): Promise<ReachResult> {
  const { isolates: count, seed, rps, toldAfterMs } = options;
  const mesh = await meshFor(shardsFor(options));
  const service = mesh.services[0]!;
  const queue = createEventQueue(0);
  const rng = seededRng(seed);
  const objects = new Objects({ queue, rng, mesh, service, serviceMs: 1 });
  const origins: Origins = { latencyMs: 30, dead: -1 };
  const colos = Array.from({ length: options.colos }, (): Colo => ({ snapshot: null, putAtMs: 0 }));
  const cached = new Set<Colo>();
  const totals = { loads: 0, farLoads: 0 };
  const fleet: { readonly isolate: SimIsolate; readonly loader: Loader }[] = [];
  for (let index = 0; index < count; index++) {
    const colo = colos[Math.floor((index / count) * colos.length)]!;
    const loader: Loader = {
      ...{ queue, rng: seededRng(seed * 7_919 + index), cached, colo, mesh },
      reach: createReach(mesh, 0),
      ...{ requests: 0, onOld: 0 },
      onNewAtMs: Number.POSITIVE_INFINITY,
    };
    const start = () => {
      const context = { queue, objects, mesh, service, origins, colo, region: regionAt(index, count) };
      const onSnapshot = (snapshot: { meshVersion: string; meshAtMs?: number }) => hear(loader, snapshot, totals);
      const onRequest = () => {
        loader.requests += 1;
        if (loader.onNewAtMs === Number.POSITIVE_INFINITY) loader.onOld += 1;
      };
      const own = { rps, seed: seed * 1_000_003 + index, onSnapshot, onRequest };
      fleet.push({ isolate: new SimIsolate({ ...context, ...own }), loader });
    };
    schedule(queue, rng() * WARM_UP_MS * 0.5, start, undefined);
  }
  runUntil(queue, WARM_UP_MS);
  const callsBefore = fleet.reduce((sum, { isolate }) => sum + isolate.slot.calls, 0);
  for (const object of objects.all.values()) {
    const tell = () => {
      object.mesh = { version: NEXT, atMs: WARM_UP_MS };
    };
    schedule(queue, WARM_UP_MS + toldAfterMs, tell, undefined);
  }
  runUntil(queue, WARM_UP_MS + ACTIVE_MS);
  const before = requestsOn(fleet);
  const active = fleet.filter(({ isolate }) => isolate.lastRequestAtMs >= WARM_UP_MS);
  runUntil(queue, WARM_UP_MS + WATCH_MS);
  const calls = fleet.reduce((sum, { isolate }) => sum + isolate.slot.calls, 0) - callsBefore;
  const after = requestsOn(fleet);
  const [old, all] = [after.old - before.old, after.all - before.all];
  const tookMs = Float64Array.from(active, ({ loader }) => loader.onNewAtMs - WARM_UP_MS).sort();
  return {
    activeRatio: active.length / count,
    lateRatio: old / all,
    onNewAt: (ms) => tookMs.filter((took) => took <= ms).length / tookMs.length,
    after: (ratio) => tookMs[Math.ceil(ratio * tookMs.length) - 1]!,
    ...totals,
    callsPerIsolate: calls / count / (WATCH_MS / 1_000),
  };
}

function requestsOn(fleet: readonly { readonly loader: Loader }[]): { readonly old: number; readonly all: number } {
  const sum = { old: 0, all: 0 };
  for (const { loader } of fleet) {
    sum.old += loader.onOld;
    sum.all += loader.requests;
  }
  return sum;
}

/** As many as the fleet's README asks for, for 500 calls a second. */
function shardsFor({ isolates, rps }: ReachOptions): number {
  return Math.max(1, Math.ceil((isolates * 0.22 * Math.min(1, rps)) / 500));
}

function hear(
  loader: Loader,
  { meshVersion, meshAtMs }: { readonly meshVersion: string; readonly meshAtMs?: number },
  totals: { loads: number; farLoads: number },
): void {
  const { queue, reach, rng, cached, colo, mesh } = loader;
  const current = loader.onNewAtMs < Number.POSITIVE_INFINITY ? NEXT : mesh.version;
  const announced = { version: meshVersion, atMs: meshAtMs ?? null };
  if (!mayLoad(reach, current, announced, queue.nowMs)) return;
  reach.loading = { version: meshVersion, sinceMs: queue.nowMs };
  totals.loads += 1;
  const adopt = () => {
    reach.loading = null;
    cached.add(colo);
    onAdopted(reach, WARM_UP_MS, "kv", queue.nowMs);
    loader.onNewAtMs = queue.nowMs;
  };
  const look = (notThere: () => void) => {
    schedule(queue, queue.nowMs + NEAR_MS, cached.has(colo) ? adopt : notThere, undefined);
  };
  const goFar = () => {
    totals.farLoads += 1;
    schedule(queue, queue.nowMs + FAR_MS[0] + (FAR_MS[1] - FAR_MS[0]) * rng(), adopt, undefined);
  };
  const lookAgain = () => look(goFar);
  look(() => schedule(queue, queue.nowMs + rng() * JITTER_MS, lookAgain, undefined));
}
