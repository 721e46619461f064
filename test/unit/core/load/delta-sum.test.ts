import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDelta, createDeltaSum, isEmptySum, SUMMED, takeDelta } from "../../../../src/core/load/delta-sum.ts";
import { createSketch, recordSketch, sketchToColumns } from "../../../../src/core/load/sketch.ts";
import type { ReportDelta } from "../../../../src/core/protocol.ts";
import { deltaOf, type Row } from "../../../fixtures/report-deltas.ts";

const count = fc.integer({ min: 0, max: 1_000 });
const row = (id: string) =>
  fc.record({ id: fc.constant(id), ...Object.fromEntries(SUMMED.map((name) => [name, count])) }) as fc.Arbitrary<Row>;
const delta = fc
  .tuple(fc.subarray(["a", "b", "c"]), row("a"), row("b"), row("c"))
  .map(([ids, ...rows]) => deltaOf(rows.filter((r) => ids.includes(r.id))));

function sumOf(deltas: readonly ReportDelta[]): ReportDelta {
  const sum = createDeltaSum();
  for (const d of deltas) addDelta(sum, d, d.probes);
  return takeDelta(sum);
}

const byId = (d: ReportDelta) =>
  Object.fromEntries(d.ids.map((id, i) => [id, [...SUMMED.map((name) => d[name][i]), d.latencyMinMs[i]]]));

describe("the sum of deltas", () => {
  it("is the same in any order and grouping", () => {
    fc.assert(
      fc.property(fc.array(delta, { maxLength: 12 }), fc.nat(12), (deltas, cut) => {
        const whole = sumOf(deltas);
        expect(byId(sumOf([...deltas].reverse()))).toEqual(byId(whole));
        expect(byId(sumOf([sumOf(deltas.slice(0, cut)), sumOf(deltas.slice(cut))]))).toEqual(byId(whole));
        expect(whole.requests).toBe(deltas.reduce((n, d) => n + d.requests, 0));
      }),
    );
  });

  it("adds requests that no endpoint was tried for, and is not empty with those alone", () => {
    const sum = createDeltaSum();
    for (const refused of [3, 4]) addDelta(sum, deltaOf([], { refused }), []);
    expect(isEmptySum(sum)).toBe(false);
    expect(takeDelta(sum).refused).toBe(7);
    expect(takeDelta(sum)).not.toHaveProperty("refused");
  });

  it("is empty after it was taken", () => {
    const sum = createDeltaSum();
    expect(isEmptySum(sum)).toBe(true);
    addDelta(sum, deltaOf([{ id: "a", ok: 1 }]), []);
    expect(isEmptySum(sum)).toBe(false);
    takeDelta(sum);
    expect([isEmptySum(sum), takeDelta(sum)]).toEqual([true, deltaOf([])]);
  });

  it.each([
    [
      "goes on through deltas of nothing but failures",
      [
        [0, 2, 2],
        [0, 3, 3],
      ],
      5,
    ],
    [
      "starts anew where something else was between",
      [
        [0, 2, 2],
        [4, 3, 1],
      ],
      1,
    ],
    [
      "ends with a good answer at the end",
      [
        [0, 2, 2],
        [1, 0, 0],
      ],
      0,
    ],
  ] as const)("a run of failures %s", (_, deltas, run) => {
    const rows = deltas.map(([ok, responses5xx, trailingFailures]) =>
      deltaOf([{ id: "a", ok, responses5xx, trailingFailures }]),
    );
    expect(sumOf(rows).trailingFailures).toEqual([run]);
  });

  it("a 5xx from the endpoint itself ends a run of gateway failures, and any answer one of missing answers", () => {
    const gateway = deltaOf([{ id: "a", responses5xx: 2, gateway5xx: 2, trailingGateway: 2 }]);
    const plain = deltaOf([{ id: "a", responses5xx: 1 }]);
    const local = deltaOf([{ id: "a", timeouts: 2, trailingLocal: 2 }]);
    expect(sumOf([gateway, plain]).trailingGateway).toEqual([0]);
    expect(sumOf([local, local]).trailingLocal).toEqual([4]);
    expect(sumOf([local, gateway]).trailingLocal).toEqual([0]);
  });

  it("merges sketches, and passes on the probe answers it was told to", () => {
    const sketch = createSketch();
    for (const ms of [5, 50, 500]) recordSketch(sketch, ms);
    const columns = sketchToColumns(sketch);
    const probe = { id: "a", ok: true, generation: 3, scope: "global" } as const;
    const one = deltaOf([{ id: "a", ok: 3 }], { sketches: [columns], probes: [probe] });
    const merged = sumOf([one, one]);
    expect(merged.sketches).toEqual([{ ...columns, counts: columns.counts.map((n) => 2 * n) }]);
    expect(merged.probes).toEqual([probe, probe]);
  });
});
