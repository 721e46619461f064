import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { breakerChart, segmentsOf } from "../../../../src/simulate/report/breaker-chart.ts";
import type { Transition } from "../../../../src/simulate/result.ts";
import { resultOf } from "./results.ts";

const at = (atMs: number, to: Transition["to"]): Transition => ({
  atMs,
  endpoint: "aws",
  scope: "enam",
  to,
  cause: "",
});
const states = (...changes: readonly Transition[]) =>
  segmentsOf(changes, 100).map(({ state, fromMs, toMs }) => `${state} ${fromMs}-${toMs}`);

describe("segmentsOf", () => {
  it.each([
    ["nothing was decided", [], ["closed 0-100"]],
    ["it opened before the day began", [at(-10, "open")], ["open 0-100"]],
    [
      "it opens and is probed",
      [at(20, "open"), at(40, "half-open"), at(50, "closed")],
      ["closed 0-20", "open 20-40", "half-open 40-50", "closed 50-100"],
    ],
    [
      "checks fail while it is closed",
      [at(20, "unhealthy"), at(60, "healthy")],
      ["closed 0-20", "unhealthy 20-60", "closed 60-100"],
    ],
    [
      "the breaker outranks the checks",
      [at(20, "open"), at(30, "unhealthy"), at(40, "closed")],
      ["closed 0-20", "open 20-40", "unhealthy 40-100"],
    ],
    ["the same is said twice", [at(20, "open"), at(30, "open")], ["closed 0-20", "open 20-100"]],
  ] as const)("%s", (_, changes, expected) => {
    expect(states(...changes)).toEqual(expected);
  });

  it("has no gaps and ends with the day, whatever is decided", () => {
    const to = fc.constantFrom("closed", "open", "half-open", "unhealthy", "healthy" as const);
    const change = fc.record({ atMs: fc.integer({ min: -50, max: 150 }), to });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const segments = segmentsOf(
          changes.map(({ atMs, to: state }) => at(atMs, state as Transition["to"])),
          100,
        );
        expect(segments[0]!.fromMs).toBe(0);
        expect(segments.at(-1)!.toMs).toBe(100);
        for (const [index, { fromMs, toMs }] of segments.entries()) {
          expect(toMs).toBeGreaterThan(fromMs);
          if (index > 0) expect(fromMs).toBe(segments[index - 1]!.toMs);
        }
      }),
    );
  });
});

describe("breakerChart", () => {
  it("keeps a file small though an endpoint flaps for hours", () => {
    const transitions = Array.from({ length: 20_000 }, (_, index) =>
      at(index * 10, index % 2 === 0 ? "open" : "closed"),
    );
    const frame = { id: "r0", durationMs: 240_000, faults: [] };
    const { markup } = breakerChart(frame, resultOf({ transitions }));
    expect(markup.length).toBeLessThan(250_000);
    expect(markup).toContain("not drawn");
  });
});
