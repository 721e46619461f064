import { describe, expect, it } from "vitest";
import { guarded } from "../../../../src/core/balance/guarded.ts";
import type { Policy } from "../../../../src/core/balance/policy.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { alike, candidatesOf, columnsOf, everyOne, inputOf, serviceOf } from "./fixture.ts";

const service = serviceOf(alike(3));
const columns = columnsOf(service);

function run(policy: Policy, rng = seededRng(1)) {
  const faults: unknown[] = [];
  return { held: guarded(policy, (fault) => faults.push(fault)), faults, input: inputOf(rng) };
}

describe("a policy from code", () => {
  it("decides, as long as it keeps to its contract", () => {
    const { held, faults, input } = run({ pick: () => 2 });
    expect(held.pick(columns, everyOne(service), input)).toBe(2);
    expect(faults).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ["an endpoint that may not take the request", () => 1],
    ["an endpoint that does not exist", () => 7],
    ["no number", () => "0"],
    ["nothing", () => undefined],
    ["NaN", () => Number.NaN],
  ])("is overruled where it picks %s", (_, pick) => {
    const { held, faults, input } = run({ pick: pick as () => number });
    const candidates = candidatesOf([0, 2]);
    for (let i = 0; i < 50; i += 1) expect([0, 2]).toContain(held.pick(columns, candidates, input));
    expect(String(faults[0])).toContain("no candidate");
  });

  it("is replaced by a draw where it throws, and nothing it does throws through", () => {
    const broken = () => {
      throw new Error("oh");
    };
    const { held, faults, input } = run({ pick: broken, onStart: broken, onOutcome: broken, explain: broken });
    const picks = new Set(Array.from({ length: 100 }, () => held.pick(columns, everyOne(service), input)));
    expect(picks).toEqual(new Set([0, 1, 2]));
    held.onStart?.(0, 0);
    held.onOutcome?.(0, {
      outcome: "ok",
      status: 200,
      latencyMs: 1,
      nowMs: 0,
      isRetry: false,
      isHedge: false,
      retryAfterMs: 0,
    });
    expect(held.explain?.(columns, everyOne(service), 0, 0)).toEqual({});
    expect(faults).toHaveLength(103);
  });
});
