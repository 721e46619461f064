import { describe, expect, it } from "vitest";
import type { Scenario } from "../../../../src/simulate/scenario.ts";
import { type Arrival, type ArrivalsInput, createArrivals } from "../../../../src/simulate/world/arrivals.ts";
import { headOf, type RequestKind } from "../../../../src/simulate/world/request-kind.ts";
import { BEGIN_MS, createWorld } from "../../../../src/simulate/world/world.ts";

const CALM: Scenario = { name: "calm", faults: [] };

function kind(path: string, weight = 1): RequestKind {
  const head = headOf({ method: "GET", scheme: "https", host: "a.example", port: 0, path, query: "", headers: {} });
  return { head, hasIdempotencyKey: false, weight };
}

/** Arrivals before `untilMs`, which counts from the beginning; the warm-up is one second. */
function arrivals(input: ArrivalsInput, untilMs: number, scenario = CALM, seed = 1): Arrival[] {
  const world = createWorld({ seed, scenario, regions: ["enam"], warmUpMs: 1_000, origins: [] });
  const next = createArrivals(world, input);
  const seen: Arrival[] = [];
  for (let arrival = next(); arrival !== null; arrival = next()) {
    if (arrival.atMs - BEGIN_MS >= untilMs) break;
    seen.push({ ...arrival, atMs: arrival.atMs - BEGIN_MS });
  }
  return seen;
}

const poisson = (given: Partial<Extract<ArrivalsInput, { type: "poisson" }>> = {}): ArrivalsInput => ({
  type: "poisson",
  rps: 1_000,
  kinds: [kind("/")],
  ...given,
});

describe("made-up arrivals", () => {
  it("are a Poisson process: counts vary as much as their mean, gaps do not depend on each other", () => {
    const seen = arrivals(poisson(), 200_000);
    // 200,000 expected, standard deviation √200,000 = 447; five of them.
    expect(Math.abs(seen.length - 200_000)).toBeLessThan(5 * 447);
    const counts = new Array<number>(2_000).fill(0);
    for (const { atMs } of seen) counts[Math.floor(atMs / 100)]! += 1;
    const mean = seen.length / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
    // The index of dispersion of a Poisson process is 1, over n windows with the standard deviation √(2/n) = 0.032; five.
    expect(Math.abs(variance / mean - 1)).toBeLessThan(0.16);
    // Exponential gaps have cv 1 (standard deviation of the estimate about √(8/4/n) = 0.003) and no correlation (1/√n = 0.0022).
    const gaps = seen.slice(1).map(({ atMs }, i) => atMs - seen[i]!.atMs);
    const gapMean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const gapVariance = gaps.reduce((sum, gap) => sum + (gap - gapMean) ** 2, 0) / gaps.length;
    expect(Math.abs(Math.sqrt(gapVariance) / gapMean - 1)).toBeLessThan(0.016);
    let together = 0;
    for (let i = 1; i < gaps.length; i++) together += (gaps[i]! - gapMean) * (gaps[i - 1]! - gapMean);
    expect(Math.abs(together / gaps.length / gapVariance)).toBeLessThan(0.011);
  });

  it("come as often as the shape of the day says", () => {
    const shape = { periodMs: 40_000, rates: [1, 3] };
    const seen = arrivals(poisson({ shape }), 41_000);
    // Straight lines between 1 and 3 and back, mean 2, from the end of the warm-up: at 0 s half of the rate, at 20 s one and a half.
    const between = (fromMs: number, toMs: number) =>
      seen.filter(({ atMs }) => atMs >= 1_000 + fromMs && atMs < 1_000 + toMs).length;
    // Four seconds about each: 2,200 and 5,800 expected (the lines rise 5 % a second), standard deviation below 77; five of them.
    expect(Math.abs(between(0, 2_000) + between(38_000, 40_000) - 2_200)).toBeLessThan(5 * 47);
    expect(Math.abs(between(18_000, 22_000) - 5_800)).toBeLessThan(5 * 77);
    expect(Math.abs(seen.length - 41_000)).toBeLessThan(1_500);
  });

  it("surge while the fault lasts, and are the same before it as without", () => {
    const scenario: Scenario = {
      name: "surge",
      faults: [{ fault: { type: "surge", factor: 4 }, atMs: 9_000, forMs: 10_000 }],
    };
    const seen = arrivals(poisson(), 30_000, scenario);
    const between = (fromMs: number, toMs: number) => seen.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;
    expect(Math.abs(between(0, 10_000) - 10_000)).toBeLessThan(500);
    expect(Math.abs(between(10_000, 20_000) - 40_000)).toBeLessThan(1_000);
    expect(Math.abs(between(20_000, 30_000) - 10_000)).toBeLessThan(500);
  });

  it("ask for the kinds of requests by their weights", () => {
    const seen = arrivals(poisson({ kinds: [kind("/a", 3), kind("/b", 1)] }), 40_000);
    const share = seen.filter((arrival) => arrival.kind.head.path === "/a").length / seen.length;
    // Standard deviation √(0.75 · 0.25 / 40,000) = 0.0022; five of them.
    expect(Math.abs(share - 0.75)).toBeLessThan(0.011);
  });

  it("are the same again under one seed, and others under another", () => {
    const times = (seed: number) => arrivals(poisson(), 1_000, CALM, seed).map(({ atMs }) => atMs);
    expect(times(1)).toEqual(times(1));
    expect(times(2)).not.toEqual(times(1));
  });
});

describe("a replayed log", () => {
  const entries = [
    { atMs: 0, method: "get", url: "https://Shop.Example:8443/a?b=c#d" },
    {
      atMs: 10,
      method: "POST",
      url: "/pay",
      headers: { host: "pay.example:80", "idempotency-key": "k" },
      region: "oc",
    },
  ] as const;

  it("comes as it was written", () => {
    const [first, second, ...rest] = arrivals({ type: "log", entries }, 1_000);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ atMs: 0, region: null });
    expect(first!.kind.head).toMatchObject({
      method: "GET",
      scheme: "https",
      host: "shop.example",
      port: 8443,
      path: "/a",
      query: "?b=c",
    });
    expect(second).toMatchObject({ atMs: 10, region: "oc" });
    expect(second!.kind).toMatchObject({
      hasIdempotencyKey: true,
      head: { method: "POST", host: "pay.example", port: 80, path: "/pay" },
    });
  });

  it("is read line by line, never ahead", () => {
    let read = 0;
    const endless = (function* () {
      for (;;) yield { atMs: read++, method: "GET", url: "/" };
    })();
    const world = createWorld({ seed: 1, scenario: CALM, regions: ["enam"], warmUpMs: 0, origins: [] });
    const next = createArrivals(world, { type: "log", entries: endless });
    next();
    next();
    expect(read).toBe(2);
  });

  it("comes twice or three times in a surge of 2.5", () => {
    const scenario: Scenario = {
      name: "surge",
      faults: [{ fault: { type: "surge", factor: 2.5 }, atMs: -1_000, forMs: 1e9 }],
    };
    const many = Array.from({ length: 4_000 }, (_, i) => ({ atMs: i, method: "GET", url: "/" }));
    const seen = arrivals({ type: "log", entries: many }, 1e9, scenario);
    // 10,000 expected, each line 2 or 3: standard deviation √(4,000 · 0.25) = 32; five of them.
    expect(Math.abs(seen.length - 10_000)).toBeLessThan(160);
  });
});
