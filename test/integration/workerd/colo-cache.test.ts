import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../../src/core/protocol.ts";
import type { Region } from "../../../src/core/region.ts";
import { readColoSnapshot, writeColoSnapshot } from "../../../src/edge/colo-cache.ts";
import type { Environment } from "../../../src/edge/environment.ts";
import { createIsolate, type Isolate } from "../../../src/edge/isolate.ts";
import { warmUp } from "../../../src/edge/sync.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";

const mesh = (version: string) => meshOf([serviceOf("shop", [endpointOf("aws", "http://aws.invalid")])], { version });

/** Its writes are never left to chance. */
function isolate(options: { version?: string; region?: Region; env?: Environment } = {}): Isolate {
  const { version = "v1", region = "weur", env = {} } = options;
  return { ...createIsolate({ mesh: mesh(version), env, region, nowMs: Date.now() }), rng: () => 0 };
}

const snapshot: Snapshot = {
  v: 1,
  service: "shop",
  meshVersion: "v1",
  atMs: 1_000,
  memoryAgeMs: 60_000,
  reporters: 3,
  ids: ["aws"],
  probability: [1],
  breaker: [0],
  openForMs: [0],
  health: [0],
  weight: [1],
  latencyMs: [42],
  latencySamples: [100],
  failureRatio: [0],
  failureSamples: [100],
  inFlight: [0],
  load: [-1],
  retryAllow: 1,
  shed: 0,
  hedgeDelayMs: 0,
  alert: false,
  leases: [{ id: "aws", generation: 1, scope: "region", ttlMs: 3_000 }],
};

async function share(from: Isolate): Promise<void> {
  const ctx = createExecutionContext();
  writeColoSnapshot(from, from.open.services[0]!, snapshot, ctx);
  await waitOnExecutionContext(ctx);
}

describe("the data centre's snapshot", () => {
  it("reaches another isolate, without the leases that were lent to one", async () => {
    await share(isolate());
    const other = isolate();
    expect(await readColoSnapshot(other, other.open.services[0]!)).toEqual({ ...snapshot, leases: [] });
  });

  it.each([
    ["of another region", isolate({ region: "oc" })],
    ["on another mesh", isolate({ version: "v2" })],
  ])("does not reach an isolate %s", async (_, other) => {
    await share(isolate());
    expect(await readColoSnapshot(other, other.open.services[0]!)).toBeNull();
  });

  it("warms a cold isolate whose object does not answer", async () => {
    await share(isolate());
    const env: Environment = {
      SERVICE_MONITOR: { getByName: () => ({ sync: () => Promise.reject(new Error("down")) }) },
    };
    const cold = isolate({ env });
    const service = cold.open.services[0]!;
    const ctx = createExecutionContext();
    // The clock of the wait is the platform's; a busy machine may need longer than 50 ms to look into the cache.
    await warmUp(cold, service, ctx);
    await waitOnExecutionContext(ctx);
    expect(service.state.snapshot).toMatchObject({ atMs: 1_000, latencyMs: [42] });
    expect(service.sync).toMatchObject({ failures: 1, lastError: "down" });
    expect(service.sync.unsent).not.toBeNull();
  });
});
