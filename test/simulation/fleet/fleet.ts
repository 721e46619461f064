/** One service used by a whole fleet: every isolate of it, its objects, a fault. */
import { compileMesh } from "../../../src/config/compile.ts";
import { parseConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { seededRng } from "../../../src/core/rng.ts";
import { createEventQueue, runUntil, schedule } from "../../../src/simulate/engine/event-queue.ts";
import { type Colo, type Origins, SimIsolate } from "./isolate.ts";
import { Objects, type SimObject } from "./object.ts";
import { regionAt } from "./places.ts";

export interface FleetOptions {
  readonly isolates: number;
  readonly colos: number;
  /** Requests per second of the service, over all isolates. */
  readonly rps: number;
  /** Its `stateShards`. */
  readonly shards: number;
  /** What a call costs an object, ms. */
  readonly serviceMs: number;
  /** Until when everything is well and counts as the steady state, after `warmUpSeconds`. */
  readonly warmUpSeconds: number;
  readonly calmSeconds: number;
  /** One of the three endpoints refuses connections for so long; 0 none does. */
  readonly faultSeconds: number;
  readonly seed: number;
}

export interface FleetResult {
  /** Calls from isolates, per isolate and second of the steady state. */
  readonly callsPerIsolate: number;
  /** Calls per second and object: the busiest object's mean in the steady state, and its busiest second after the fault. */
  readonly calmCalls: number;
  readonly peakCalls: number;
  /** Calls refused as overloaded, of all from the fault on. */
  readonly refusedRatio: number;
  /** From the fault until a breaker opened in the first and the last regional object or the root, ms. */
  readonly firstVerdictMs: number;
  /** From the fault until this part of the isolates knew that the breaker is open, ms; Infinity when they never did. */
  readonly toldMs: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Part of requests from 1 s after the fault to its end whose first attempt met the dead endpoint; before it is 1/3. */
  readonly misledRatio: number;
  readonly failed: number;
  readonly requests: number;
  readonly objects: number;
  /** Calls per second from objects to objects, and alarms per second. */
  readonly exchangesPerSecond: number;
  readonly alarmsPerSecond: number;
}

/** Isolates start over so long, so that they do not all report in step, ms. */
const START_SPREAD_MS = 3_000;

/** One service with three endpoints. */
export async function meshFor(shards: number): Promise<Mesh> {
  const endpoints = ["a", "b", "c"].map((id) => ({ id, url: `https://${id}.invalid`, locality: { cloud: id } }));
  const config = {
    services: { hot: { endpoints, stateShards: shards } },
    routes: [{ rules: [{ backendRefs: [{ service: "hot" }] }] }],
  };
  const decoded = parseConfig(JSON.stringify(config));
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 1 });
}

/** Plays the run. Deterministic in its options. */
export async function runFleet(options: FleetOptions): Promise<FleetResult> {
  const { isolates: count, seed, warmUpSeconds, calmSeconds, faultSeconds } = options;
  const mesh = await meshFor(options.shards);
  const service = mesh.services[0]!;
  const queue = createEventQueue(0);
  const objects = new Objects({ queue, rng: seededRng(seed), mesh, service, serviceMs: options.serviceMs });
  const origins: Origins = { latencyMs: 30, dead: -1 };
  const colos = Array.from({ length: options.colos }, (): Colo => ({ snapshot: null, putAtMs: 0 }));
  const fleet: SimIsolate[] = [];
  const start = (_: unknown, index: number) => {
    // Neighbours in number share a region, so a stride through the colos keeps each of them within one.
    const colo = colos[Math.floor((index / count) * colos.length)]!;
    const context = { queue, objects, mesh, service, origins, colo, region: regionAt(index, count) };
    fleet.push(new SimIsolate({ ...context, rps: options.rps / count, seed: seed * 1_000_003 + index }));
  };
  for (let index = 0; index < count; index++) schedule(queue, (index * START_SPREAD_MS) / count, start, null, index);

  const calmFromMs = warmUpSeconds * 1_000;
  const faultAtMs = calmFromMs + calmSeconds * 1_000;
  runUntil(queue, calmFromMs);
  const callsBefore = total(fleet, ({ slot }) => slot.calls);
  const before = totals([...objects.all.values()]);
  runUntil(queue, faultAtMs);
  const callsPerIsolate = (total(fleet, ({ slot }) => slot.calls) - callsBefore) / count / calmSeconds;
  const calm = totals([...objects.all.values()]);
  const calmCalls = busiest([...objects.all.values()], calmFromMs / 1_000, faultAtMs / 1_000).mean;

  if (faultSeconds > 0) origins.dead = 0;
  const endMs = faultAtMs + faultSeconds * 1_000;
  let firstVerdictMs = Number.POSITIVE_INFINITY;
  for (let atMs = faultAtMs; atMs < Math.min(endMs, faultAtMs + 1_000); atMs += 10) {
    runUntil(queue, atMs);
    if (firstVerdictMs === Number.POSITIVE_INFINITY && isDeciding(objects, origins.dead))
      firstVerdictMs = atMs - faultAtMs;
  }
  const atOneSecond = {
    misled: total(fleet, ({ misled }) => misled),
    requests: total(fleet, ({ requests }) => requests),
  };
  for (let atMs = queue.nowMs; atMs <= endMs; atMs += 100) {
    runUntil(queue, atMs);
    if (firstVerdictMs === Number.POSITIVE_INFINITY && isDeciding(objects, origins.dead))
      firstVerdictMs = atMs - faultAtMs;
  }
  const told = Float64Array.from(fleet, ({ toldAtMs }) => toldAtMs - faultAtMs).sort();
  const at = (ratio: number) => told[Math.min(count - 1, Math.ceil(ratio * count) - 1)]!;
  const all = [...objects.all.values()];
  const calls = all.reduce((sum, object) => sum + callsBetween(object, faultAtMs / 1_000, endMs / 1_000), 0);
  const requests = total(fleet, (isolate) => isolate.requests);
  return {
    callsPerIsolate,
    calmCalls,
    peakCalls: busiest(all, faultAtMs / 1_000, endMs / 1_000).peak,
    refusedRatio: faultSeconds === 0 ? 0 : (totals(all).refused - calm.refused) / Math.max(1, calls),
    firstVerdictMs,
    toldMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99) },
    misledRatio:
      (total(fleet, ({ misled }) => misled) - atOneSecond.misled) / Math.max(1, requests - atOneSecond.requests),
    failed: total(fleet, ({ failed }) => failed),
    requests,
    objects: all.length,
    exchangesPerSecond: (calm.exchanges - before.exchanges) / calmSeconds,
    alarmsPerSecond: (calm.alarms - before.alarms) / calmSeconds,
  };
}

/** A breaker of the dead endpoint is not closed in an object that decides: a shard only repeats. */
function isDeciding(objects: Objects, dead: number): boolean {
  if (dead < 0) return false;
  for (const { monitor } of objects.all.values()) {
    if (monitor.shard === null && monitor.coordinator.breakers[dead]!.state !== "closed") return true;
  }
  return false;
}

function total(fleet: readonly SimIsolate[], of: (isolate: SimIsolate) => number): number {
  return fleet.reduce((sum, isolate) => sum + of(isolate), 0);
}

function totals(objects: readonly SimObject[]) {
  const sum = { exchanges: 0, alarms: 0, refused: 0 };
  for (const { exchanges, alarms, refused } of objects) {
    sum.exchanges += exchanges;
    sum.alarms += alarms;
    sum.refused += refused;
  }
  return sum;
}

function callsBetween({ callsBySecond }: SimObject, fromS: number, toS: number): number {
  let calls = 0;
  for (let second = Math.floor(fromS); second < toS; second++) calls += callsBySecond[second] ?? 0;
  return calls;
}

function busiest(objects: readonly SimObject[], fromS: number, toS: number): { mean: number; peak: number } {
  let mean = 0;
  let peak = 0;
  for (const object of objects) {
    mean = Math.max(mean, callsBetween(object, fromS, toS) / (toS - fromS));
    for (let second = Math.floor(fromS); second < toS; second++)
      peak = Math.max(peak, object.callsBySecond[second] ?? 0);
  }
  return { mean, peak };
}
