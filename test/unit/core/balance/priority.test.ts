import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectiveLocalityWeight } from "../../../../src/core/balance/locality-groups.ts";
import { type PriorityRules, priorityLoads } from "../../../../src/core/balance/priority.ts";
import envoy from "./data/envoy-lb-tables.json" with { type: "json" };

const rules: PriorityRules = {
  overprovisioningPercent: 140,
  panicThreshold: 50,
  priorities: "proportional",
  allOut: "panic",
};
/** Of 100 hosts per priority, so many are healthy. */
const of100 = (...healthy: number[]) => ({
  hosts: healthy.map(() => 100),
  healthy,
  degraded: healthy.map(() => 0),
});
const rowsOf = (table: number) =>
  envoy.tables[table]!.rows.map((row) => row.map((cell) => (cell.endsWith("%") ? Number.parseInt(cell, 10) : cell)));

describe("priority loads are those of Envoy's tables", () => {
  it.each(rowsOf(0) as number[][])("with two priorities, P1 healthy: %d %% → %d / %d", (health, first, second) => {
    expect(priorityLoads(of100(health!, 100), rules).healthy).toEqual([first, second]);
  });

  it.each(rowsOf(1) as number[][])("with two priorities: %d %%, %d %% → %d / %d", (a, b, first, second) => {
    expect(priorityLoads(of100(a!, b!), { ...rules, panicThreshold: 0 }).healthy).toEqual([first, second]);
  });

  it.each(rowsOf(2) as number[][])("with three: %d %%, %d %%, %d %% → %d / %d / %d", (a, b, c, ...loads) => {
    expect(priorityLoads(of100(a!, b!, c!), { ...rules, panicThreshold: 0 }).healthy).toEqual(loads);
  });

  it.each(rowsOf(3))("with panic, P1 healthy: %s %% → %s %s, %s %s, total %s", (health, ...expected) => {
    const { healthy, panic, total } = priorityLoads(of100(Number(health), 100), rules);
    const flag = (p: number) => (panic[p] ? "YES" : "NO");
    expect([healthy[0], flag(0), healthy[1], flag(1), total]).toEqual(expected);
  });

  it.each(rowsOf(4))("with panic: %s %%, %s %% → %s %s, %s %s, total %s", (a, b, ...expected) => {
    const { healthy, panic, total } = priorityLoads(of100(Number(a), Number(b)), rules);
    const flag = (p: number) => (panic[p] ? "YES" : "NO");
    expect([healthy[0], flag(0), healthy[1], flag(1), total]).toEqual(expected);
  });

  it.each(rowsOf(5) as number[][])("between localities of weight 1 and 2: %d %% → %d / %d", (available, x, y) => {
    const first = effectiveLocalityWeight(1, available!, 100, 140);
    const second = effectiveLocalityWeight(2, 100, 100, 140);
    const share = (100 * first) / (first + second);
    expect([Math.round(share), Math.round(100 - share)]).toEqual([x, y]);
  });

  it.each(envoy.tables[6]!.rows)("with degraded hosts: %s → %s / %s", (health, onHealthy, onDegraded) => {
    const [healthy, degraded] = health!.split("/").map((percent) => Number.parseInt(percent, 10));
    const loads = priorityLoads({ hosts: [100], healthy: [healthy!], degraded: [degraded!] }, rules);
    expect([`${loads.healthy[0]}%`, `${loads.degraded[0]}%`]).toEqual([onHealthy, onDegraded]);
  });
});

describe("priority loads", () => {
  it("sum to 100 whenever anything is available, and give nothing to what is not", () => {
    const host = fc.record({ healthy: fc.nat(5), degraded: fc.nat(5), out: fc.nat(1_000) });
    fc.assert(
      fc.property(
        fc.array(host, { minLength: 1, maxLength: 5 }),
        fc.constantFrom("strict", "proportional"),
        fc.constantFrom("panic", "fail", "nextPriority"),
        fc.constantFrom(0, 50),
        (list, priorities, allOut, panicThreshold) => {
          const counts = {
            hosts: list.map(({ healthy, degraded, out }) => healthy + degraded + out),
            healthy: list.map(({ healthy }) => healthy),
            degraded: list.map(({ degraded }) => degraded),
          };
          const loads = priorityLoads(counts, { ...rules, priorities, allOut, panicThreshold } as PriorityRules);
          const given = [...loads.healthy, ...loads.degraded].reduce((sum, load) => sum + load, 0);
          const available = [...counts.healthy, ...counts.degraded].some((n) => n > 0);
          const hosts = counts.hosts.some((n) => n > 0);
          expect(given).toBe(available || (allOut !== "fail" && hosts) ? 100 : 0);
          counts.hosts.forEach((n, p) => {
            if (n === 0) expect(loads.healthy[p]! + loads.degraded[p]!).toBe(0);
            if (loads.panic[p]) return;
            if (counts.healthy[p] === 0) expect(loads.healthy[p]).toBe(0);
            if (counts.degraded[p] === 0) expect(loads.degraded[p]).toBe(0);
          });
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });

  it("never rounds a single healthy host of 1,000 away", () => {
    const counts = { hosts: [1_000], healthy: [1], degraded: [0] };
    expect(priorityLoads(counts, { ...rules, panicThreshold: 0, allOut: "fail" }).healthy).toEqual([100]);
  });

  it("stay with a strict priority until none of it is left", () => {
    const strict: PriorityRules = { ...rules, priorities: "strict" };
    expect(priorityLoads(of100(100, 100), strict).healthy).toEqual([100, 0]);
    expect(priorityLoads(of100(1, 100), strict)).toMatchObject({ healthy: [100, 0], panic: [false, false] });
    expect(priorityLoads(of100(0, 1), strict).healthy).toEqual([0, 100]);
  });

  it("go by host count when every priority is in panic", () => {
    const counts = { hosts: [10, 30], healthy: [1, 1], degraded: [0, 0] };
    expect(priorityLoads(counts, rules)).toMatchObject({ healthy: [25, 75], panic: [true, true] });
  });

  it.each([
    ["panic", [25, 75], [true, true]],
    ["nextPriority", [0, 100], [false, true]],
    ["fail", [0, 0], [false, false]],
  ] as const)("do what the config says when all are out: %s", (allOut, healthy, panic) => {
    const counts = { hosts: [10, 30], healthy: [0, 0], degraded: [0, 0] };
    expect(priorityLoads(counts, { ...rules, allOut })).toMatchObject({ healthy, panic });
  });

  it("keep panic to the last priority with nextPriority", () => {
    const next: PriorityRules = { ...rules, allOut: "nextPriority" };
    expect(priorityLoads(of100(25, 25), next)).toMatchObject({ healthy: [50, 50], panic: [false, true] });
  });
});
