/** An isolate and its object in miniature: the real modules of both, joined as `sync` joins them, on a virtual clock. */
import type { Mesh } from "../../../src/core/mesh.ts";
import { createMonitor, type Monitor } from "../../../src/core/monitor/monitor.ts";
import { onReport } from "../../../src/core/monitor/on-report.ts";
import { answer } from "../../../src/core/monitor/snapshot.ts";
import { PROTOCOL_VERSION, type Report } from "../../../src/core/protocol.ts";
import { type Rng, seededRng } from "../../../src/core/rng.ts";
import {
  applySnapshot,
  createServiceState,
  onAttemptEnd,
  onAttemptStart,
  pickEndpoint,
  type ServiceState,
  takeReport,
} from "../../../src/core/service-state.ts";

const REGION = "weur";
const SYNC_MS = 1_000;
const LATENCY_MS = 20;

export interface MiniIsolate {
  readonly state: ServiceState;
  readonly monitor: Monitor;
  /** Picks an endpoint for a request and records that it answered. */
  request(nowMs: number): void;
  pick(nowMs: number): void;
  record(endpoint: number, nowMs: number): void;
  /** Reports and takes the snapshot that comes back. */
  sync(nowMs: number): void;
}

/** An isolate that has served some seconds of traffic and routes on a snapshot. */
export function warmIsolate(mesh: Mesh, seed: number): MiniIsolate {
  const rng = seededRng(seed);
  const service = mesh.services[0]!;
  const state = createServiceState({ service, region: REGION, rng, nowMs: 0 });
  const monitor = createMonitor({ mesh, service, scope: REGION, lifeId: "bench", rng: seededRng(seed + 1), nowMs: 0 });
  const input = { nowMs: 0, rng, hashKey: "", tried: null };
  let seq = 0;
  const pick = (nowMs: number) => {
    input.nowMs = nowMs;
    return pickEndpoint(state, input);
  };
  const record = (endpoint: number, nowMs: number) => {
    onAttemptStart(state, endpoint, nowMs);
    onAttemptEnd(state, endpoint, answered(nowMs), null);
  };
  const isolate: MiniIsolate = {
    state,
    monitor,
    pick,
    record,
    request: (nowMs) => record(pick(nowMs), nowMs),
    sync(nowMs) {
      seq += 1;
      onReport(monitor, reportOf(takeReport(state, nowMs), mesh, "isolate", seq), nowMs);
      applySnapshot(state, answer(monitor, nowMs), nowMs);
    },
  };
  // Enough requests that every endpoint was tried, in the pace of a busy isolate.
  const requests = Math.max(5_000, service.endpoints.length * 20);
  for (let i = 0; i < requests; i++) {
    if (i % 1_000 === 999) isolate.sync(i);
    isolate.request(i);
  }
  isolate.sync(requests + SYNC_MS);
  return isolate;
}

function answered(nowMs: number) {
  return {
    outcome: "ok",
    status: 200,
    latencyMs: LATENCY_MS,
    nowMs,
    isRetry: false,
    isHedge: false,
    retryAfterMs: 0,
  } as const;
}

/** A report as an isolate sends it. */
export function reportOf(delta: ReturnType<typeof takeReport>, mesh: Mesh, reporter: string, seq: number): Report {
  return {
    ...delta,
    v: PROTOCOL_VERSION,
    service: mesh.services[0]!.name,
    meshVersion: mesh.version,
    region: REGION,
    reporter,
    seq,
  };
}

/** One report of an isolate after so many requests over all endpoints, in turns. */
export function oneReport(mesh: Mesh, requests: number, rng: Rng): ReturnType<typeof takeReport> {
  const state = createServiceState({ service: mesh.services[0]!, region: REGION, rng, nowMs: 0 });
  for (let i = 0; i < requests; i++) {
    const endpoint = i % state.size;
    onAttemptStart(state, endpoint, i);
    onAttemptEnd(state, endpoint, { ...answered(i), latencyMs: LATENCY_MS * (0.8 + 0.4 * rng()) }, null);
  }
  return takeReport(state, requests);
}
