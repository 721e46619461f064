import { describe, expect, it } from "vitest";
import {
  type Coordinator,
  createCoordinator,
  ejectOutlier,
  inheritEndpoint,
  inheritService,
  mergeReport,
  projectRegion,
  tick,
} from "../../../../src/core/health/coordinator.ts";
import type { Region } from "../../../../src/core/region.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { endpointOf, serviceOf } from "../../../fixtures/meshes.ts";
import { deltaOf } from "../../../fixtures/report-deltas.ts";

const T0 = 1_000_000;
const REGIONS: readonly Region[] = ["weur", "enam"];

function coordinatorOf(ids: readonly string[]): Coordinator {
  const service = serviceOf(
    "shop",
    ids.map((id) => endpointOf(id, `http://${id}.invalid`)),
  );
  return createCoordinator({ service, regions: REGIONS, rng: seededRng(4), nowMs: T0 });
}

/** Ten seconds of traffic from two regions; one endpoint is slow, one was ejected. */
function taught(ejects = true): Coordinator {
  const c = coordinatorOf(["a", "b", "c"]);
  for (let ms = 0; ms < 10_000; ms += 250) {
    for (const region of [0, 1]) {
      const ok = (id: string, n: number, latency: number) => ({
        id,
        ok: n,
        latencySumMs: n * latency,
        latencySquareSum: n * latency ** 2,
        latencyMinMs: latency,
      });
      const rows = [ok("a", 20, 20 + 40 * region), { ...ok("b", 20, 90), timeouts: 1 }, ok("c", 5, 30)];
      mergeReport(c, region, deltaOf(rows), T0 + ms);
    }
  }
  if (ejects) ejectOutlier(c, 2, "a test", T0 + 10_000);
  return c;
}

function heirOf(from: Coordinator, ids: readonly string[]): Coordinator {
  const to = coordinatorOf(ids);
  inheritService(to, from);
  for (const [index, id] of ids.entries()) {
    const before = from.indexOf.get(id);
    if (before !== undefined) inheritEndpoint(to, index, from, before);
  }
  return to;
}

describe("a coordinator with other endpoints", () => {
  it("sees those that stayed, in another order, as the former one does, from every region", () => {
    const former = taught();
    const heir = heirOf(former, ["c", "a", "b"]);
    for (const c of [former, heir]) tick(c, T0 + 10_250);
    for (const region of [0, 1]) {
      const was = projectRegion(former, region, T0 + 10_250);
      const is = projectRegion(heir, region, T0 + 10_250);
      const by = <T>(values: readonly T[]) => [values[1]!, values[2]!, values[0]!];
      for (const column of ["breaker", "openForMs", "latencyMs", "latencySamples", "failureRatio"] as const) {
        expect([column, by<number>(is[column])]).toEqual([column, was[column]]);
      }
      by(is.probability).forEach((share, e) => void expect(share).toBeCloseTo(was.probability[e]!, 9));
      expect([is.retryAllow, is.shed, is.alert]).toEqual([was.retryAllow, was.shed, was.alert]);
    }
  });

  it("gives a newcomer a share, and what the others are worth stays known", () => {
    const heir = heirOf(taught(), ["a", "b", "new"]);
    tick(heir, T0 + 10_250);
    const { probability, latencySamples } = projectRegion(heir, 0, T0 + 10_250);
    // The exploration floor, a few thousandths of what is preferred, comes on top.
    expect(probability.reduce((a, b) => a + b)).toBeCloseTo(1, 2);
    expect(probability[2]).toBeGreaterThan(0);
    expect(probability[0]).toBeGreaterThan(probability[1]!);
    expect(latencySamples[2]).toBeLessThan(latencySamples[0]!);
  });

  it("goes on with the evidence: a breaker opens after as many failures as it would have", () => {
    const fail = { id: "a", connectFailures: 1, trailingFailures: 1 };
    const failuresTo = (c: Coordinator, swap: (c: Coordinator) => Coordinator) => {
      let one = c;
      for (let n = 1; n < 100; n++) {
        for (const region of [0, 1]) mergeReport(one, region, deltaOf([fail]), T0 + 10_000 + n);
        if (one.breakers[one.indexOf.get("a")!]!.state !== "closed") return n;
        one = swap(one);
      }
      return Number.POSITIVE_INFINITY;
    };
    const undisturbed = failuresTo(taught(false), (c) => c);
    expect(undisturbed).toBeLessThan(100);
    expect(failuresTo(taught(false), (c) => heirOf(c, ["b", "a", "x"]))).toBe(undisturbed);
  });
});
