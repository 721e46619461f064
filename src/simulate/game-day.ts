/**
 * A game day: a mesh, its origins and its callers in virtual time, with faults that come and go. The same input gives the same
 * result, bit for bit, but for the wall time it took.
 */

import type { PlatformUsage } from "./contender.ts";
import { costPerMillion } from "./cost.ts";
import { createDay, type Day } from "./day.ts";
import { runUntil } from "./engine/event-queue.ts";
import type { GameDayInput } from "./input.ts";
import { detectMs, recoverMs } from "./measure/reaction.ts";
import { endpointsOf, timelineOf, windowsOf } from "./measure/summary.ts";
import type { SimulationResult } from "./result.ts";
import { accountBusy } from "./world/station.ts";

export type { GameDayInput } from "./input.ts";

/** Requests on their way when the day ends are waited for at most so long, ms, in such steps. */
const DRAIN_MS = 60_000;
const DRAIN_STEP_MS = 100;
/** How often `onProgress` is called. */
const PROGRESS_STEPS = 200;

/**
 * Plays the day.
 *
 * - `onProgress`: called now and then with the share that is done, 0..1.
 *
 * Throws on input that makes no sense: an unknown service, no region with a share.
 */
export function runGameDay(input: GameDayInput, onProgress?: (share: number) => void): SimulationResult {
  const wallFromMs = performance.now();
  const day = createDay(input);
  const usedBefore = warmUp(day);
  play(day, onProgress);
  return resultOf(day, usedBefore, performance.now() - wallFromMs);
}

/** Lets the warm-up pass; what was used in it is not counted. */
export function warmUp({ world, fleet }: Day): PlatformUsage {
  runUntil(world.queue, world.startMs);
  for (const station of world.stations) {
    accountBusy(station, world.startMs);
    station.busyMs = 0;
  }
  return { ...fleet.usage };
}

/** Lets the day pass, and then the requests end that are still on their way. */
export function play({ world, settings, callers }: Day, onProgress?: (share: number) => void): void {
  const { queue, startMs, stations } = world;
  for (let step = 1; step <= PROGRESS_STEPS; step++) {
    runUntil(queue, startMs + (settings.durationMs * step) / PROGRESS_STEPS);
    onProgress?.(step / PROGRESS_STEPS);
  }
  for (const station of stations) accountBusy(station, queue.nowMs);
  for (let waitedMs = 0; callers.over < callers.begun && waitedMs < DRAIN_MS; waitedMs += DRAIN_STEP_MS) {
    runUntil(queue, callers.endMs + waitedMs);
  }
}

function resultOf(day: Day, usedBefore: PlatformUsage, wallMs: number): SimulationResult {
  const { settings, contender, fleet, callers, recorder, transitions, shown } = day;
  const { scenario, seed, sloMs, durationMs, warmUpMs } = settings;
  const anyFaulty = shown.some(({ isFaulty }) => isFaulty);
  const endedMs = Math.max(0, ...scenario.faults.map(({ atMs, forMs }) => atMs + forMs));
  const { usage } = fleet;
  return {
    scenario,
    policy: contender.name,
    seed,
    sloMs,
    durationMs,
    windows: windowsOf(recorder),
    detectMs: detectMs(recorder, anyFaulty),
    recoverMs: recoverMs(recorder, anyFaulty, endedMs),
    endpoints: endpointsOf(recorder, shown),
    timeline: timelineOf(recorder),
    transitions,
    syncs: usage.syncs - usedBefore.syncs,
    exchanges: usage.exchanges - usedBefore.exchanges,
    costPerMillion: costPerMillion(usage, callers.begun, warmUpMs + durationMs),
    wallMs,
    requestsPerWallSecond: callers.over / (wallMs / 1_000),
  };
}
