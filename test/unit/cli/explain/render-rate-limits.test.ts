import { describe, expect, it } from "vitest";
import { renderRateLimits } from "../../../../src/cli/explain/render-rate-limits.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";

const LIMIT = {
  name: "per-client",
  algorithm: "token-bucket",
  scope: "local",
  by: ["ip", "header x-tenant"],
  cost: 1,
  limit: 100,
  remaining: 7,
  allowed: true,
  dryRun: false,
};

describe("explained rate limits", () => {
  it.each([
    [LIMIT, "rate limit per-client token-bucket, local, by ip, header x-tenant: 7 of 100 left in this isolate"],
    [
      { ...LIMIT, by: [], cost: 5, remaining: 0, allowed: false },
      "rate limit per-client token-bucket, local, counted together, 5 units: 0 of 100 left in this isolate: the answer is 429",
    ],
    [
      { ...LIMIT, remaining: 0, allowed: false, dryRun: true },
      "rate limit per-client token-bucket, local, by ip, header x-tenant, on trial: 0 of 100 left in this isolate, it would be refused",
    ],
    [
      { ...LIMIT, scope: "global", remaining: null, allowed: null },
      "rate limit per-client token-bucket, global, by ip, header x-tenant: at most 100",
    ],
    [
      { ...LIMIT, by: ["principal"], unasked: ["away"], remaining: null, allowed: null },
      "rate limit per-client token-bucket, local, by principal: at most 100; whose count it is, away would say, not asked here",
    ],
  ])("say what counts and what is left: %#", (limit, line) => {
    expect(renderRateLimits([limit], createPaint(false))).toEqual([line]);
  });
});
