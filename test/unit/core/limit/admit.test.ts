/** Who gets in at endpoints that take a share of their requests. */
import { describe, expect, it } from "vitest";
import { seededRng } from "../../../../src/core/rng.ts";
import { admit, pickEndpoint, rankOf } from "../../../../src/core/service-state.ts";
import { informed, serviceWith } from "../service-state/fixture.ts";

const ADAPTIVE = { tolerance: 1.5, minQueueMs: 50, minAdmitRatio: 0.05 };
const requestClass = { header: "x-class", classes: ["high", "low"], defaultClass: "low" };
const limits = { ...serviceWith().limits, adaptiveConcurrency: ADAPTIVE, requestClass };
const REQUESTS = 4_000;

/** Every third request is of the high class. */
function volley(admitRatio: readonly number[]) {
  const state = informed({ admitRatio }, { limits });
  const rng = seededRng(17);
  const seen = { high: 0, low: 0 };
  const passed = { high: 0, low: 0 };
  const picks = [0, 0, 0];
  const refusals = new Set<string>();
  for (let n = 0; n < REQUESTS; n++) {
    const name = n % 3 === 0 ? "high" : "low";
    const rank = rankOf(state, name, rng);
    const refusal = admit(state, { nowMs: 1_100, rng, rank, requestClass: name });
    seen[name] += 1;
    if (refusal !== null) {
      refusals.add(refusal.reason);
      continue;
    }
    passed[name] += 1;
    picks[pickEndpoint(state, { nowMs: 1_100, rng, rank, hashKey: "", tried: null })]! += 1;
  }
  return { state, picks, refusals, high: passed.high / seen.high, low: passed.low / seen.low };
}

describe("endpoints that take a share of their requests", () => {
  it("lets all of the important class in at twice of what there is room for", () => {
    const { high, low, refusals } = volley([0.5, 0.5, 0.5]);
    expect(high).toBeGreaterThan(0.99);
    // A third and a quarter of two thirds are a half; 2,667 draws of 0.25 have a deviation of 0.0084.
    expect(Math.abs(low - 0.25)).toBeLessThan(0.04);
    expect([...refusals]).toEqual(["shed"]);
  });

  it("takes from the important class only when the other has nothing left", () => {
    const { high, low } = volley([0.2, 0.2, 0.2]);
    expect(low).toBeLessThan(0.01);
    // 0.2 of all are 0.6 of a third; the shares are learnt on the way.
    expect(Math.abs(high - 0.6)).toBeLessThan(0.06);
  });

  it("passes nothing on from one endpoint to another that has no room for it either", () => {
    const { picks } = volley([0.5, 0.5, 0.5]);
    // 2,000 with a deviation of 32, and what the shares are off at the beginning.
    expect(Math.abs(picks.reduce((sum, n) => sum + n, 0) - REQUESTS / 2)).toBeLessThan(120);
  });

  it("does not pick an endpoint for ranks that it does not take, and refuses nobody while another does", () => {
    const { picks, refusals } = volley([0, 1, 1]);
    expect(picks[0]).toBe(0);
    expect(refusals.size).toBe(0);
  });

  it("draws no number and refuses nobody where endpoints are not limited", () => {
    const state = informed(
      { admitRatio: [0, 0, 0] },
      { limits: { ...limits, adaptiveConcurrency: undefined as never } },
    );
    const drawn = () => {
      throw new Error("a number of chance was drawn");
    };
    expect(rankOf(state, "low", drawn)).toBe(0);
    expect(admit(state, { nowMs: 1_100, rng: drawn, requestClass: "low" })).toBeNull();
  });
});
