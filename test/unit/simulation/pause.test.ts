/**
 * All endpoints of a service stand still for a moment, and then answer all they were asked: in virtual time, over the product's
 * own modules, with endpoints of a few servers and a queue each.
 */
import { describe, expect, it } from "vitest";
import { createCoordinator, lendProbes, mergeReport, projectRegion } from "../../../src/core/health/coordinator.ts";
import { seededRng } from "../../../src/core/rng.ts";
import {
  admit,
  applySnapshot,
  attemptTimeoutMs,
  createServiceState,
  onAttemptEnd,
  onAttemptStart,
  pickEndpoint,
  type ServiceState,
  syncDelayMs,
  takeReport,
} from "../../../src/core/service-state.ts";
import { SIM_POLICY, simService } from "../../simulation/sim-service.ts";

const IDS = ["a", "b", "c"];
const SERVERS = 4;
/** 3 endpoints of 4 servers and 24 ms: 500 requests a second. */
const SERVICE_MS = 24;
const PAUSED_AT_MS = 15_000;
const PAUSE_MS = 1_000;
/** From isolate to endpoint, and to the object. */
const WAY_MS = 5;

interface Course {
  readonly isolates: number;
  readonly rps: number;
  /** From the moment on at which others pause. */
  readonly laterRps: number;
  readonly seed: number;
  readonly seconds: number;
  readonly pauses: boolean;
}

interface Isolate {
  readonly state: ServiceState;
  flushing: boolean;
}

/** Plays it: how many requests were refused, timed out, or took longer than 500 ms. */
function play({ isolates, rps, laterRps, seed, seconds, pauses }: Course): {
  refused: number;
  timedOut: number;
  late: number;
} {
  const rng = seededRng(seed);
  const service = simService(IDS.map((id) => ({ id, cloud: id, loc: 0, weight: 1 })));
  const coordinator = createCoordinator({ service, regions: ["weur"], rng, nowMs: 0 });
  const all = Array.from(
    { length: isolates },
    (): Isolate => ({ state: createServiceState({ service, region: "weur", rng, nowMs: 0 }), flushing: false }),
  );
  const freeAtMs = IDS.map(() => new Float64Array(SERVERS));
  const seen = { refused: 0, timedOut: 0, late: 0 };
  /** What happens in each millisecond. */
  const agenda = Array.from({ length: seconds * 1_000 + 1 }, (): (() => void)[] => []);
  let nowMs = 0;
  const at = (atMs: number, run: () => void) => agenda[Math.max(nowMs, Math.ceil(atMs))]?.push(run);

  function answeredAtMs(endpoint: number): number {
    const servers = freeAtMs[endpoint]!;
    const server = servers.indexOf(Math.min(...servers));
    const start = Math.max(nowMs + WAY_MS, servers[server]!);
    let end = start + SERVICE_MS * (0.5 + rng());
    if (pauses && end > PAUSED_AT_MS && start < PAUSED_AT_MS + PAUSE_MS)
      end += PAUSED_AT_MS + PAUSE_MS - Math.max(start, PAUSED_AT_MS);
    servers[server] = end;
    return end + WAY_MS;
  }

  function request(isolate: Isolate): void {
    const { state } = isolate;
    if (admit(state, { nowMs, rng, requestClass: "" }) !== null) {
      seen.refused++;
      return;
    }
    const startMs = nowMs;
    const endpoint = pickEndpoint(state, { nowMs, rng, hashKey: "", tried: null });
    onAttemptStart(state, endpoint, nowMs);
    sync(isolate, "request");
    const latencyMs = Math.ceil(answeredAtMs(endpoint)) - startMs;
    const timeoutMs = attemptTimeoutMs(state, endpoint, SIM_POLICY);
    const isOk = latencyMs <= timeoutMs;
    at(startMs + Math.min(latencyMs, timeoutMs), () => {
      const outcome = isOk ? "ok" : "timeout";
      const took = { status: isOk ? 200 : 0, latencyMs: nowMs - startMs, nowMs, retryAfterMs: 0 };
      onAttemptEnd(state, endpoint, { outcome, ...took, isRetry: false, isHedge: false }, null);
      if (!isOk) seen.timedOut++;
      else if (latencyMs > 500) seen.late++;
      sync(isolate, isOk ? "result" : "failure");
    });
  }

  function sync(isolate: Isolate, why: "request" | "result" | "failure"): void {
    const delayMs = syncDelayMs(isolate.state, nowMs, why);
    if (delayMs < 0 || isolate.flushing) return;
    isolate.flushing = true;
    at(nowMs + delayMs, () => {
      isolate.flushing = false;
      const report = takeReport(isolate.state, nowMs);
      at(nowMs + WAY_MS, () => {
        mergeReport(coordinator, 0, report, nowMs);
        const leases = lendProbes(coordinator, 0, nowMs);
        const rest = { v: 1, service: "sim", meshVersion: "", memoryAgeMs: nowMs, reporters: isolates };
        const known = { inFlight: [0, 0, 0], load: [-1, -1, -1] };
        const snapshot = { ...rest, ...known, atMs: nowMs, leases, ...projectRegion(coordinator, 0, nowMs) };
        at(nowMs + WAY_MS, () => applySnapshot(isolate.state, snapshot, nowMs));
      });
    });
  }

  let arrivalMs = 0;
  for (; nowMs < seconds * 1_000; nowMs++) {
    while (arrivalMs <= nowMs) {
      arrivalMs += (-Math.log(1 - rng()) * 1_000) / (nowMs < PAUSED_AT_MS ? rps : laterRps);
      request(all[Math.floor(rng() * isolates)]!);
    }
    const due = agenda[nowMs]!;
    for (let i = 0; i < due.length; i++) due[i]!();
    agenda[nowMs] = [];
  }
  return seen;
}

describe("a pause of a second that all endpoints have in common, at 40 % load", () => {
  // It is missed where rates were above the usual just before: in 3 of these 24 runs. Not looked for, all 24 refuse 28 to 204.
  it.each([1, 4, 20])("makes nothing refused, in five of eight runs at least, with %i isolates", (isolates) => {
    const all = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) =>
      play({ isolates, rps: 200, laterRps: 200, seed, seconds: 22, pauses: true }),
    );
    expect(all.filter(({ refused }) => refused === 0).length).toBeGreaterThanOrEqual(5);
    for (const { late, timedOut } of all) {
      expect(timedOut).toBe(0);
      // Those of its first half second, and what stands behind them in the queue.
      expect(late).toBeGreaterThan(80);
    }
  });
});

describe("an overload of a half more than the endpoints can do", () => {
  it.each([1, 20])("is refused before anything times out, with %i isolates", (isolates) => {
    const seen = play({ isolates, rps: 200, laterRps: 750, seed: 1, seconds: 25, pauses: false });
    // Ten seconds, of which a third cannot be answered.
    expect(seen.refused).toBeGreaterThan(0.2 * 7_500);
    expect(seen.timedOut).toBe(0);
  });
});
