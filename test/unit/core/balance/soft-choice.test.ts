import { describe, expect, it } from "vitest";
import type { EndpointColumns, Policy } from "../../../../src/core/balance/policy.ts";
import { POLICIES } from "../../../../src/core/balance/registry.ts";
import { createSoftPolicy } from "../../../../src/core/balance/soft-choice.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { alike, columnsOf, everyOne, fiveSigma, inputOf, serviceOf, sharesOf } from "./fixture.ts";

const byLatency = (size: number, dynamic = 1) =>
  createSoftPolicy({ size, dynamic, costOf: (columns, e) => columns.latencyMs[e]! });

describe("the soft choice", () => {
  it("gives two equal endpoints shares in inverse proportion to their costs, when these do not follow from load", () => {
    const service = serviceOf(alike(2));
    const columns = columnsOf(service, { latencyMs: [10, 90] });
    const shares = sharesOf(byLatency(2, 0), columns, everyOne(service), seededRng(1), 20_000);
    expect(Math.abs(shares[0]! - 0.9)).toBeLessThan(fiveSigma(0.9, 20_000));
  });

  it.each([2, 3, 8])(
    "gives the best of %d what two draws with replacement would, however cheap it looks",
    (origins) => {
      const service = serviceOf(alike(origins));
      const columns = columnsOf(service, { latencyMs: [1e-9, ...new Array<number>(origins - 1).fill(100)] });
      const shares = sharesOf(byLatency(origins), columns, everyOne(service), seededRng(2), 20_000);
      const most = (2 * origins - 1) / origins ** 2;
      expect(Math.abs(shares[0]! - most)).toBeLessThan(fiveSigma(most, 20_000));
    },
  );

  it("leaves a failing one of two only the five percent of its draws that show its recovery", () => {
    const service = serviceOf(alike(2));
    const columns = columnsOf(service, { failureRatio: [1, 0] });
    const shares = sharesOf(byLatency(2), columns, everyOne(service), seededRng(3), 20_000);
    expect(Math.abs(shares[0]! - 0.025)).toBeLessThan(fiveSigma(0.025, 20_000));
  });
});

/**
 * Origins of 100 requests/s each, loaded to 80 %; every isolate chooses by the same snapshot, taken once a second. The
 * longest wait is what herding makes of it.
 */
function longestWaitMs(pick: (columns: EndpointColumns, nowMs: number) => number, origins: number): number {
  const service = serviceOf(alike(origins));
  const snapshot = columnsOf(service);
  const busyUntilMs = new Float64Array(origins);
  const answers = Array.from({ length: origins }, () => ({ sum: 0, count: 0 }));
  const perSecond = 80 * origins;
  let longest = 0;
  for (let n = 0; n < 60 * perSecond; n++) {
    const nowMs = (n * 1_000) / perSecond;
    if (n % perSecond === 0) {
      answers.forEach((seen, e) => {
        snapshot.latencyMs[e] = seen.count > 0 ? seen.sum / seen.count : 10;
        snapshot.inFlight[e] = Math.max(0, busyUntilMs[e]! - nowMs) / 10;
        snapshot.load[e] = Math.min(1, seen.count / 100);
        seen.sum = seen.count = 0;
      });
    }
    const e = pick(snapshot, nowMs);
    const startMs = Math.max(nowMs, busyUntilMs[e]!);
    busyUntilMs[e] = startMs + 10;
    answers[e]!.sum += startMs + 10 - nowMs;
    answers[e]!.count++;
    longest = Math.max(longest, startMs - nowMs);
  }
  return longest;
}

describe.each([2, 3, 8])("over a snapshot a second old, with %d origins at 80 percent", (origins) => {
  const service = serviceOf(alike(origins));
  const candidates = everyOne(service);

  it.each(["response-time", "load", "score", "least-request"] as const)("%s does not herd", (name) => {
    const rng = seededRng(7);
    const policy: Policy = POLICIES[name](service, { region: "weur", rng });
    const wait = longestWaitMs((columns, nowMs) => policy.pick(columns, candidates, inputOf(rng, "", nowMs)), origins);
    // The best of M gets (2M − 1)/M² of 80 M requests/s, 60 − 80/M more than fit: so many times 10 ms of work in a second.
    // A snapshot shows the second before it, so a wrong choice lasts two. 100 ms are for chance.
    expect(wait).toBeLessThan(2 * (600 - 800 / origins) + 100);
  });

  it("the argmin does, which is why nobody uses it", () => {
    const wait = longestWaitMs(
      (columns) => columns.latencyMs.reduce((best, latency, e, all) => (latency < all[best]! ? e : best), 0),
      origins,
    );
    // All of 80 M where 100 fit.
    expect(wait).toBeGreaterThan(0.95 * (800 * origins - 1_000));
  });
});
