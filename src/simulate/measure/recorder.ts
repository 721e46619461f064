/**
 * What is counted of a run while it runs. Memory grows with the simulated time (in buckets) and the endpoints, never with the
 * requests: latencies go into sketches (2 %), everything else into counts.
 */
import { createSketch, recordSketch, type Sketch } from "../../core/load/sketch.ts";
import type { Scenario } from "../scenario.ts";

/** Users' requests that began in a stretch of time. Mutable. */
export interface Tally {
  requests: number;
  ok: number;
  withinSlo: number;
  shed: number;
  retries: number;
  /** Of successful requests, ms. */
  readonly latency: Sketch;
}

/** Mutable; owned by one run. Times are ms from the end of the warm-up. */
export interface Recorder {
  readonly durationMs: number;
  readonly sloMs: number;
  /** Where the faults begin, and where the last one ended, with some time for it to be over. */
  readonly faultMs: number;
  readonly calmMs: number;
  readonly before: Tally;
  readonly during: Tally;
  readonly after: Tally;
  readonly bucketMs: number;
  readonly buckets: readonly Tally[];
  readonly endpoints: number;
  /** First attempts by bucket and endpoint, and by window (before, during, after) and endpoint. */
  readonly attemptsByBucket: Uint32Array;
  readonly attemptsByWindow: Uint32Array;
  readonly fine: FineCounts;
}

/** Counts in short steps, to see when something changed. */
export interface FineCounts {
  readonly stepMs: number;
  readonly requests: Uint32Array;
  readonly ok: Uint32Array;
  readonly attempts: Uint32Array;
  /** First attempts at endpoints that a fault hits. */
  readonly faulty: Uint32Array;
}

/** A fault is over only some time after it ended: what it held up has to be answered first. */
const AFTERMATH_MS = 5_000;
/** Buckets of the timeline at most. */
const MAX_BUCKETS = 600;
const MIN_STEP_MS = 100;
const MAX_STEPS = 36_000;

export function createRecorder(input: {
  readonly scenario: Scenario;
  readonly durationMs: number;
  readonly sloMs: number;
  readonly endpoints: number;
}): Recorder {
  const { scenario, durationMs, sloMs, endpoints } = input;
  const { faults } = scenario;
  const faultMs = Math.min(durationMs, ...faults.map(({ atMs }) => atMs));
  const endedMs = Math.max(0, ...faults.map(({ atMs, forMs }) => atMs + forMs));
  const bucketMs = 1_000 * Math.max(1, Math.ceil(durationMs / 1_000 / MAX_BUCKETS));
  const count = Math.max(1, Math.ceil(durationMs / bucketMs));
  const stepMs = Math.max(MIN_STEP_MS, durationMs / MAX_STEPS);
  const steps = Math.max(1, Math.ceil(durationMs / stepMs));
  return {
    durationMs,
    sloMs,
    faultMs,
    calmMs: faults.length === 0 ? durationMs : Math.min(durationMs, endedMs + AFTERMATH_MS),
    before: createTally(),
    during: createTally(),
    after: createTally(),
    bucketMs,
    buckets: Array.from({ length: count }, createTally),
    endpoints,
    attemptsByBucket: new Uint32Array(count * endpoints),
    attemptsByWindow: new Uint32Array(3 * endpoints),
    fine: {
      stepMs,
      requests: new Uint32Array(steps),
      ok: new Uint32Array(steps),
      attempts: new Uint32Array(steps),
      faulty: new Uint32Array(steps),
    },
  };
}

function createTally(): Tally {
  return { requests: 0, ok: 0, withinSlo: 0, shed: 0, retries: 0, latency: createSketch() };
}

/** The window of a moment: 0 before, 1 during, 2 after the faults. */
export function windowAt({ faultMs, calmMs }: Recorder, sinceMs: number): 0 | 1 | 2 {
  return sinceMs < faultMs ? 0 : sinceMs < calmMs ? 1 : 2;
}

/** A user's request is over. One that began outside the time that is measured is not counted. Constant time. */
export function recordRequest(
  recorder: Recorder,
  beganMs: number,
  request: { readonly ok: boolean; readonly latencyMs: number; readonly retries: number; readonly isShed: boolean },
): void {
  if (beganMs < 0 || beganMs >= recorder.durationMs) return;
  const window = windowAt(recorder, beganMs);
  const tally = window === 0 ? recorder.before : window === 1 ? recorder.during : recorder.after;
  add(tally, recorder.sloMs, request);
  add(recorder.buckets[Math.floor(beganMs / recorder.bucketMs)]!, recorder.sloMs, request);
  const { fine } = recorder;
  const step = Math.floor(beganMs / fine.stepMs);
  fine.requests[step]! += 1;
  if (request.ok) fine.ok[step]! += 1;
}

function add(tally: Tally, sloMs: number, request: Parameters<typeof recordRequest>[2]): void {
  tally.requests += 1;
  tally.retries += request.retries;
  if (request.isShed) tally.shed += 1;
  if (!request.ok) return;
  tally.ok += 1;
  if (request.latencyMs <= sloMs) tally.withinSlo += 1;
  recordSketch(tally.latency, request.latencyMs);
}

/** A first attempt is sent. `isFaulty`: some fault of the scenario hits the endpoint. Constant time. */
export function recordFirstAttempt(recorder: Recorder, atMs: number, endpoint: number, isFaulty: boolean): void {
  if (atMs < 0 || atMs >= recorder.durationMs) return;
  const { endpoints, fine } = recorder;
  recorder.attemptsByBucket[Math.floor(atMs / recorder.bucketMs) * endpoints + endpoint]! += 1;
  recorder.attemptsByWindow[windowAt(recorder, atMs) * endpoints + endpoint]! += 1;
  const step = Math.floor(atMs / fine.stepMs);
  fine.attempts[step]! += 1;
  if (isFaulty) fine.faulty[step]! += 1;
}
