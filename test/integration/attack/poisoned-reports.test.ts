/**
 * Poisoned reports: what one isolate that lies can do to a service, by the object's own logic on a virtual clock. An isolate
 * cannot prove what it saw, and one that was taken over can call itself as many isolates as it likes, so lies are not told from
 * the truth. What holds is what they can lead to.
 */
import { describe, expect, it } from "vitest";
import { checkReport } from "../../../src/core/health/report-check.ts";
import type { Monitor } from "../../../src/core/monitor/monitor.ts";
import { onReport, onTick } from "../../../src/core/monitor/on-report.ts";
import { type Row, reportOf } from "../../fixtures/report-deltas.ts";
import { exchange, monitorOf, T0, unchecked } from "../../unit/core/monitor/monitors.ts";

const IDS = ["a", "b", "c", "d"];
const fine = (id: string): Row => ({ id, ok: 20, latencySumMs: 400, latencySquareSum: 8_000, latencyMinMs: 20 });
const failed = (id: string, n: number): Row => ({ id, responses5xx: n, trailingFailures: n });

const open = (monitor: Monitor) => IDS.filter((_, at) => monitor.coordinator.breakers[at]!.state !== "closed");

/** A second of twenty isolates that tell the truth, and of a liar. */
function second(monitor: Monitor, seq: number, lie: readonly Row[] | null): void {
  const nowMs = T0 + seq * 1_000;
  for (let i = 0; i < 20; i += 1) onReport(monitor, reportOf(IDS.map(fine), { reporter: `honest-${i}`, seq }), nowMs);
  if (lie !== null) onReport(monitor, reportOf(lie, { reporter: "liar", seq }), nowMs);
  onTick(monitor, nowMs);
}

describe("an isolate that lies", () => {
  it("is refused for what no counter can hold, and nothing of it is taken", () => {
    const good = reportOf(IDS.map(fine), { reporter: "liar", seq: 1 });
    expect(checkReport(good).ok).toBe(true);
    const lies: object[] = [
      { ok: [Number.NaN, 0, 0, 0] },
      { ok: [-1, 0, 0, 0] },
      { ok: [1e13, 0, 0, 0] },
      { ok: [1] },
      { ids: ["a".repeat(300)] },
      { ids: Array.from({ length: 100_000 }, (_, i) => `e${i}`) },
      { region: "moon" },
      { seq: -1 },
      { seq: 1.5 },
      { service: "x".repeat(10_000) },
    ];
    expect(lies.filter((lie) => checkReport({ ...good, ...lie }).ok)).toEqual([]);
  });

  it("has endpoints ejected in the region it reports to, but never all of them", () => {
    const region = monitorOf("weur", unchecked);
    for (let seq = 1; seq <= 20; seq += 1)
      second(
        region,
        seq,
        IDS.map((id) => failed(id, 1_000)),
      );
    expect(open(region).length).toBeGreaterThan(0);
    expect(open(region).length).toBeLessThan(IDS.length);
  });

  it("has nothing ejected in another region, whose isolates see the truth", () => {
    const [region, other, root] = [
      monitorOf("weur", unchecked),
      monitorOf("enam", unchecked),
      monitorOf("root", unchecked),
    ];
    for (let seq = 1; seq <= 20; seq += 1) {
      second(region, seq, [failed("a", 1_000)]);
      second(other, seq, null);
      for (const one of [region, other]) exchange(one, root, T0 + seq * 1_000);
    }
    expect(open(region)).toContain("a");
    expect(open(other)).toEqual([]);
  });

  it("is counted once for each report, however often it sends one", () => {
    const [once, often] = [monitorOf("weur", unchecked), monitorOf("weur", unchecked)];
    const lie = reportOf([failed("a", 3)], { reporter: "liar", seq: 1 });
    onReport(once, lie, T0);
    for (let i = 0; i < 1_000; i += 1) onReport(often, lie, T0);
    expect(often.good.sums).toEqual(once.good.sums);
    expect(often.windows.duplicates).toBe(999);
  });

  it("cannot hide that an endpoint is dead from the isolates that meet it: theirs are failures in a row", () => {
    const region = monitorOf("weur", unchecked);
    for (let seq = 1; seq <= 5; seq += 1) {
      const nowMs = T0 + seq * 1_000;
      for (let i = 0; i < 20; i += 1) {
        onReport(region, reportOf([failed("a", 20), ...IDS.slice(1).map(fine)], { reporter: `h-${i}`, seq }), nowMs);
      }
      onReport(region, reportOf([{ ...fine("a"), ok: 100 }], { reporter: "liar", seq }), nowMs);
      onTick(region, nowMs);
    }
    expect(open(region)).toContain("a");
  });
});
