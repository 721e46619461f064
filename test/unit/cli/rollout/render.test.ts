import { describe, expect, it } from "vitest";
import { renderList, renderRollout } from "../../../../src/cli/rollout/render.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";
import type { RolloutDescription } from "../../../../src/core/rollout/description.ts";

const paint = createPaint(false);
const running: RolloutDescription = {
  name: "shop-v2",
  phase: "running",
  step: 1,
  steps: 3,
  percent: 25,
  sinceMs: 0,
  bakedMs: 90_400,
  bakeMs: 600_000,
  revision: 7,
  why: "every limit was kept",
  stable: { service: "shop/v1", requests: 3_000, failureRatio: 0.001, p99Ms: 80 },
  canary: { service: "shop/v2", requests: 1_000, failureRatio: 0.014, p99Ms: 120.4 },
  judgement: {
    verdict: "wait",
    checks: [
      { limit: "requests", seen: 1_000, allowed: 500, verdict: "pass" },
      { limit: "failureRatio", seen: 0.014, allowed: 0.01, verdict: "wait" },
      { limit: "p99Ratio", seen: 120.4, allowed: null, verdict: "wait" },
    ],
  },
  unheard: ["shop/v2/enam"],
  history: [{ atMs: 0, phase: "running", step: 0, percent: 5, why: "", by: "ada" }],
};

describe("a rollout as text", () => {
  it("says where it stands, what was seen, which limits hold and what happened", () => {
    expect(renderRollout(running, paint)).toEqual([
      "shop-v2 running: every limit was kept",
      "step 2 of 3, 25 % to shop/v2, baked 1m30s/10m",
      "",
      "side    service  requests  success     p99",
      "stable  shop/v1      3000  99.90 %   80 ms",
      "canary  shop/v2      1000  98.60 %  120 ms",
      "",
      "limit                 seen  allowed",
      "requests, at least    1000      500  pass",
      "failures, at most   1.40 %   1.00 %  wait",
      "p99, beside stable  120 ms  unknown  wait",
      "",
      "not told yet: shop/v2/enam",
      "",
      "1970-01-01T00:00:00Z  running  step 1  5 %  (ada)",
    ]);
  });

  it("leaves out what is not there", () => {
    const idle = { ...running, phase: "idle", step: 0, percent: 0, bakedMs: 0, why: "", judgement: null } as const;
    const nothing = { service: "shop/v1", requests: 0, failureRatio: 0, p99Ms: 0 };
    const lines = renderRollout({ ...idle, stable: nothing, canary: nothing, unheard: [], history: [] }, paint);
    expect(lines.slice(0, 2)).toEqual(["shop-v2 idle", "step 1 of 3, 0 % to shop/v1, baked 0s/10m"]);
    expect(lines.at(-1)).toBe("canary  shop/v1         0        -    -");
  });
});

describe("a list of rollouts", () => {
  it("has a line for each, and says why one could not be asked", () => {
    expect(renderList([running, { name: "lost", error: "no answer" }], paint)).toEqual([
      "rollout  phase    step  canary      baked  requests  success     p99",
      "shop-v2  running   2/3    25 %  1m30s/10m      1000  98.60 %  120 ms  every limit was kept",
      "lost     unknown                                                      no answer",
    ]);
  });

  it("says when there are none", () => {
    expect(renderList([], paint)).toEqual(["the mesh has no rollouts"]);
  });
});
