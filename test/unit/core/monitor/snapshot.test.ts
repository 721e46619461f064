import { describe, expect, it } from "vitest";
import type { RegionView } from "../../../../src/core/health/coordinator.ts";
import { overlay } from "../../../../src/core/monitor/snapshot.ts";

function view(ids: readonly string[], rest: Partial<RegionView> = {}): RegionView {
  const all = <T>(value: T) => ids.map(() => value);
  return {
    ids,
    probability: all(1 / ids.length),
    breaker: all(0),
    openForMs: all(0),
    health: all(1),
    weight: all(1),
    latencyMs: all(30),
    latencySamples: all(5),
    failureRatio: all(0),
    failureSamples: all(5),
    retryAllow: 1,
    shed: 0,
    hedgeDelayMs: 40,
    alert: false,
    ...rest,
  };
}

describe("a region's view under the root's", () => {
  it("takes the root's probabilities and budgets, and keeps its own measurements", () => {
    const root = view(["a", "b"], {
      probability: [0.9, 0.1],
      retryAllow: 0.3,
      shed: 0.2,
      latencyMs: [1, 1],
      alert: true,
    });
    expect(overlay(view(["a", "b"]), root, 100)).toMatchObject({
      probability: [0.9, 0.1],
      retryAllow: 0.3,
      shed: 0.2,
      alert: true,
      latencyMs: [30, 30],
      hedgeDelayMs: 40,
    });
  });

  it("takes the worse breaker of the two: closed, half-open, open", () => {
    const own = view(["a", "b", "c", "d"], { breaker: [0, 1, 2, 1], openForMs: [0, 700, 0, 300] });
    const root = view(["a", "b", "c", "d"], { breaker: [2, 0, 1, 1], openForMs: [0, 0, 900, 800] });
    const { breaker, openForMs } = overlay(own, root, 100);
    expect(breaker).toEqual([2, 1, 1, 1]);
    expect(openForMs).toEqual([0, 700, 800, 700]);
  });

  it("takes the worse health and the smaller weight", () => {
    const own = view(["a", "b", "c"], { health: [1, 2, 0], weight: [1, 0.2, 0.5] });
    const root = view(["a", "b", "c"], { health: [4, 1, 3], weight: [0.5, 1, 1] });
    expect(overlay(own, root, 0)).toMatchObject({ health: [4, 2, 3], weight: [0.5, 0.2, 0.5] });
  });

  it("leans off an endpoint as far as the one of the two that leans further", () => {
    const own = view(["a", "b"]);
    const lean = { own: [1, 1], root: undefined, lean: [0.5, 1] };
    expect(overlay(own, view(["a", "b"]), 0, lean).probability).toEqual([1 / 3, 2 / 3]);
    // What the root leans is in its probabilities already.
    const leaning = view(["a", "b"], { probability: [0.4, 0.6], weight: [0.5, 1] });
    expect(overlay(own, leaning, 0, lean).probability).toEqual([0.4, 0.6]);
    expect(overlay(own, leaning, 0, { ...lean, lean: [1, 1] }).probability).toEqual([0.4, 0.6]);
  });

  it("matches endpoints by id, and takes no half of a distribution while the meshes differ", () => {
    const own = view(["a", "new"], { probability: [0.6, 0.4] });
    const root = view(["old", "a"], { probability: [0.5, 0.5], health: [2, 3] });
    expect(overlay(own, root, 0)).toMatchObject({ ids: ["a", "new"], probability: [0.6, 0.4], health: [3, 1] });
  });
});
