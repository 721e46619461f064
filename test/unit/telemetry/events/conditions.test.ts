import { describe, expect, it } from "vitest";
import type { MonitorDescription } from "../../../../src/core/monitor/describe.ts";
import {
  begun,
  discoveryConditions,
  ended,
  failoverOf,
  overtaken,
} from "../../../../src/telemetry/events/conditions.ts";
import { ejection } from "./sample-events.ts";

/** What of a description is read. */
function root(
  endpoints: readonly {
    readonly id?: string;
    readonly priority: number;
    readonly health: number;
    readonly breaker: number;
  }[],
): MonitorDescription {
  const serving = endpoints.filter(({ health, breaker }) => health <= 1 && breaker !== 1).length;
  return {
    service: "shop",
    endpoints: endpoints.map((one, n) => ({
      id: `e${n}`,
      ...one,
      passive: { ownBreaker: { state: one.breaker === 0 ? "closed" : "open" } },
    })),
    left: { left: endpoints.length, serving },
  } as unknown as MonitorDescription;
}
const well = { health: 1, breaker: 0 };
const out = { health: 1, breaker: 1 };
const stamp = { id: "shop:hub:1", atMs: 5 };

describe("a failover", () => {
  it.each([
    [
      "none, while the preferred endpoints serve",
      [
        { priority: 0, ...well },
        { priority: 1, ...out },
      ],
      null,
    ],
    [
      "a warning, when others are in use",
      [
        { priority: 0, ...out },
        { priority: 1, ...well },
      ],
      "warning",
    ],
    [
      "critical, when none serves",
      [
        { priority: 0, ...out },
        { priority: 1, ...out },
      ],
      "critical",
    ],
    ["none of a service without endpoints", [], null],
    ["none where nothing is known yet", [{ priority: 0, health: 0, breaker: 0 }], null],
  ] as const)("is %s", (_, endpoints, severity) => {
    expect(failoverOf(root(endpoints))?.severity ?? null).toBe(severity);
  });

  it("begins and ends with one key, and its end is a recovery", () => {
    const condition = failoverOf(root([{ priority: 0, ...out }]))!;
    expect(begun(condition, stamp)).toMatchObject({ key: "failover/shop", type: "failover", resolved: false });
    expect(ended(condition, stamp)).toMatchObject({
      key: "failover/shop",
      type: "recovery",
      severity: "info",
      resolved: true,
    });
    expect(begun(condition, stamp)).not.toHaveProperty("over");
  });
});

describe("discovery", () => {
  it("has a condition for each source that fails and each alarm", () => {
    const sources = [
      { name: "dns-0", state: "failing", error: "SERVFAIL" },
      { name: "dns-1", state: "ok", error: "" },
    ];
    const alarms = [{ type: "floor", count: 2, detail: "2 endpoints are held" }];
    expect(discoveryConditions({ service: "shop", sources, alarms }).map(({ key }) => key)).toEqual([
      "source/shop/dns-0",
      "alarm/shop/floor",
    ]);
  });
});

describe("what an observer said that holds", () => {
  const open = [{ event: ejection({ endpoint: "e0", key: "ejection/shop/e0" }), observer: "shop/root" }];

  it("holds as long as its state says so", () => {
    expect(overtaken(open, root([{ priority: 0, ...out }]), () => stamp)).toEqual([]);
  });

  it("is over when the breaker is closed and nobody said so, and when the endpoint has left", () => {
    for (const endpoints of [[{ priority: 0, ...well }], [{ id: "other", priority: 0, ...out }]]) {
      expect(overtaken(open, root(endpoints), () => stamp)).toEqual([
        expect.objectContaining({ key: "ejection/shop/e0", resolved: true, type: "recovery" }),
      ]);
    }
  });

  it("stays where the state says nothing of it", () => {
    const degrading = [{ event: ejection({ endpoint: "e0", key: "degrading/shop/e0" }), observer: "shop/root" }];
    expect(overtaken(degrading, root([{ priority: 0, ...well }]), () => stamp)).toEqual([]);
  });
});
