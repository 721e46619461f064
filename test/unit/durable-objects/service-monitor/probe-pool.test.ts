import { describe, expect, it } from "vitest";
import { ProbePool } from "../../../../durable-objects/service-monitor/probe-pool.ts";
import type { Monitor } from "../../../../src/core/monitor/monitor.ts";
import { endpointOf, httpCheck, serviceOf } from "../../../fixtures/meshes.ts";
import { monitorOf, T0 } from "../../core/monitor/monitors.ts";

const many = serviceOf(
  "shop",
  Array.from({ length: 20 }, (_, i) => endpointOf(`e${i}`, `http://e${i}.invalid`)),
  { healthChecks: [httpCheck()] },
);

/** A network whose answers come when `release` is called, and that counts how many are awaited. */
function gatedNetwork() {
  const waiting: (() => void)[] = [];
  const counts = { most: 0, sent: 0 };
  return {
    counts,
    release: () => waiting.shift()?.(),
    network: {
      fetch: () =>
        new Promise<Response>((resolve) => {
          waiting.push(() => resolve(new Response("ok")));
          counts.sent++;
          counts.most = Math.max(counts.most, waiting.length);
        }),
      connect: () => ({ opened: Promise.resolve(), close: async () => {} }),
      nowMs: () => T0 + 1_001,
      waitUntil: () => {},
    },
  };
}

/** Lets everything that is ready run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the pool of probes", () => {
  it("sends all that are due, six at a time, and ends when they have", async () => {
    const { network, release, counts } = gatedNetwork();
    const monitor = monitorOf("weur", many);
    let ended = false;
    const run = new ProbePool(network).run(() => monitor).then(() => (ended = true));
    for (let i = 0; i < 20; i++) {
      await settle();
      expect(ended).toBe(false);
      release();
    }
    await run;
    expect(counts).toEqual({ most: 6, sent: 20 });
    expect(monitor.checks.map(([check]) => check!.verdict)).toEqual(Array(20).fill("up"));
  });

  it("drops outcomes for a mesh that was replaced meanwhile", async () => {
    const { network, release } = gatedNetwork();
    const former = monitorOf(
      "weur",
      serviceOf("shop", many.endpoints.slice(0, 1), { healthChecks: many.healthChecks }),
    );
    let current: Monitor | null = former;
    const run = new ProbePool(network).run(() => current);
    await settle();
    current = null;
    release();
    await run;
    expect(former.checks[0]![0]!.verdict).toBe("unknown");
  });

  it("ends at once without anything due", async () => {
    const monitor = monitorOf("weur", { ...many, healthChecks: [] });
    await new ProbePool(gatedNetwork().network).run(() => monitor);
  });
});
