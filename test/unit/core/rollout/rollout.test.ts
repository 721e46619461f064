import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RolloutPlan } from "../../../../src/core/mesh.ts";
import type { Judgement, Verdict } from "../../../../src/core/rollout/judge.ts";
import {
  ACTIONS,
  advance,
  bakedMs,
  idleRollout,
  isActive,
  operate,
  percentOf,
  type RolloutAction,
  type RolloutState,
} from "../../../../src/core/rollout/rollout.ts";

const T0 = 1_000_000;
const plan: RolloutPlan = {
  name: "shop",
  stable: 0,
  canary: 1,
  steps: [5, 25, 100].map((percent) => ({ percent, bakeMs: 60_000 })),
  analysis: {
    minRequests: 100,
    alpha: 0.01,
    maxFailureRatio: 0.01,
    maxFailureRise: 0.01,
    maxP99Ms: 0,
    maxP99Ratio: 0,
    rollBackAfterMs: null,
  },
  force: { header: null, cookie: null },
};
const judged = (verdict: Verdict): Judgement => ({
  verdict,
  checks: [{ limit: "failureRatio", seen: 0.25, allowed: 0.01, verdict }],
});

function told(state: RolloutState, action: RolloutAction, nowMs: number): RolloutState {
  const answer = operate(state, plan, action, nowMs);
  if (!answer.ok) throw new Error(answer.detail);
  return answer.state;
}
const started = told(idleRollout(0, T0), "start", T0);

describe("a rollout", () => {
  it("gives the canary nothing before it is started", () => {
    const idle = idleRollout(0, T0);
    expect(percentOf(idle, plan)).toBe(0);
    expect(advance(idle, plan, judged("fail"), T0 + 1e9)).toBe(idle);
  });

  it("goes through its steps, each after its bake time, and ends promoted", () => {
    let state = started;
    const percents = [percentOf(state, plan)];
    for (let i = 1; i <= 3; i++) {
      expect(advance(state, plan, judged("pass"), T0 + i * 60_000 - 1)).toBe(state);
      state = advance(state, plan, judged("pass"), T0 + i * 60_000);
      percents.push(percentOf(state, plan));
    }
    expect(percents).toEqual([5, 25, 100, 100]);
    expect(state.phase).toBe("promoted");
    expect(advance(state, plan, judged("fail"), T0 + 1e9)).toBe(state);
  });

  it("is rolled back by a broken limit at any time, and says which", () => {
    const state = advance(started, plan, judged("fail"), T0 + 1);
    expect(state).toMatchObject({ phase: "rolled-back", why: "failureRatio 0.25, allowed 0.01" });
    expect(percentOf(state, plan)).toBe(0);
  });

  it("waits for as long as nothing is decided, unless the config sets an end to that", () => {
    expect(advance(started, plan, judged("wait"), T0 + 1e9)).toBe(started);
    const limited = { ...plan, analysis: { ...plan.analysis, rollBackAfterMs: 30_000 } };
    expect(advance(started, limited, judged("wait"), T0 + 89_999)).toBe(started);
    const atOnce = { ...plan, analysis: { ...plan.analysis, rollBackAfterMs: 0 } };
    expect(advance(started, atOnce, judged("wait"), T0 + 59_999)).toBe(started);
    expect(advance(started, atOnce, judged("wait"), T0 + 60_000).phase).toBe("rolled-back");
    expect(advance(started, limited, judged("wait"), T0 + 90_000)).toMatchObject({
      phase: "rolled-back",
      why: "undecided for too long: failureRatio 0.25, allowed 0.01",
    });
  });

  it("keeps its weight and stops its clock while it is paused, and still ends by a broken limit", () => {
    const paused = told(started, "pause", T0 + 40_000);
    expect(percentOf(paused, plan)).toBe(5);
    expect(bakedMs(paused, T0 + 1e6)).toBe(40_000);
    expect(advance(paused, plan, judged("pass"), T0 + 1e6)).toBe(paused);
    expect(advance(paused, plan, judged("fail"), T0 + 1e6).phase).toBe("rolled-back");
    const resumed = told(paused, "resume", T0 + 1e6);
    expect(advance(resumed, plan, judged("pass"), T0 + 1e6 + 19_999)).toBe(resumed);
    expect(advance(resumed, plan, judged("pass"), T0 + 1e6 + 20_000)).toMatchObject({ phase: "running", step: 1 });
  });

  it("goes to the next step when an operator promotes it, to none when he aborts, and starts anew after that", () => {
    const next = told(started, "promote", T0 + 1);
    expect(next).toMatchObject({ phase: "running", step: 1, bakedMs: 0, sinceMs: T0 + 1 });
    expect(told(told(next, "promote", T0 + 2), "promote", T0 + 3).phase).toBe("promoted");
    const aborted = told(next, "abort", T0 + 4);
    expect(percentOf(aborted, plan)).toBe(0);
    expect(told(aborted, "start", T0 + 5)).toMatchObject({ phase: "running", step: 0 });
  });

  it.each([
    ["start", started],
    ["resume", started],
    ["pause", idleRollout(0, T0)],
    ["promote", idleRollout(0, T0)],
    ["abort", idleRollout(0, T0)],
  ] as const)("refuses to %s where that means nothing", (action, state) => {
    expect(operate(state, plan, action, T0).ok).toBe(false);
  });

  it("takes the last step of a plan that has become shorter", () => {
    const last = told(told(started, "promote", T0), "promote", T0);
    const shorter = { ...plan, steps: plan.steps.slice(0, 2) };
    expect(percentOf(last, shorter)).toBe(25);
    expect(advance(last, shorter, judged("pass"), T0 + 60_000).phase).toBe("promoted");
  });

  it("changes its weight under a later revision only, and gives the canary nothing once it ended badly", () => {
    const event = fc.oneof(
      fc.record({ action: fc.constantFrom(...ACTIONS), afterMs: fc.nat(100_000) }),
      fc.record({ verdict: fc.constantFrom<Verdict>("pass", "fail", "wait"), afterMs: fc.nat(100_000) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state = idleRollout(0, T0);
        let nowMs = T0;
        for (const one of events) {
          nowMs += one.afterMs;
          const before = state;
          if ("verdict" in one) state = advance(state, plan, judged(one.verdict), nowMs);
          else {
            const answer = operate(state, plan, one.action, nowMs);
            if (answer.ok) state = answer.state;
          }
          expect(state.revision).toBeGreaterThanOrEqual(before.revision);
          if (percentOf(state, plan) !== percentOf(before, plan)) {
            expect(state.revision).toBeGreaterThan(before.revision);
          }
          if (!isActive(state) && state.phase !== "promoted") expect(percentOf(state, plan)).toBe(0);
          expect(bakedMs(state, nowMs)).toBeLessThanOrEqual(nowMs - state.sinceMs);
        }
      }),
    );
  });
});
