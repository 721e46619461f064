import type { Snapshot } from "../../../src/core/protocol.ts";

/** A snapshot in which everything is well. */
export function snapshotFor(service: string, ids: readonly string[], given: Partial<Snapshot> = {}): Snapshot {
  const all = (value: number) => ids.map(() => value);
  return {
    v: 1,
    service,
    meshVersion: "",
    atMs: Date.now(),
    memoryAgeMs: 60_000,
    reporters: 3,
    ids,
    probability: all(1 / ids.length),
    breaker: ids.map(() => 0 as const),
    openForMs: all(0),
    health: ids.map(() => 1 as const),
    weight: all(1),
    latencyMs: all(42),
    latencySamples: all(100),
    failureRatio: all(0),
    failureSamples: all(100),
    inFlight: all(0),
    load: all(-1),
    retryAllow: 1,
    shed: 0,
    hedgeDelayMs: 0,
    alert: false,
    leases: [],
    ...given,
  };
}
