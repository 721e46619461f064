import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { RateLimit } from "../../../../src/core/mesh.ts";
import type { Arrived } from "../../../../src/edge/arrived.ts";
import type { Environment } from "../../../../src/edge/environment.ts";
import { limitRates } from "../../../../src/edge/guard/rate-limit.ts";
import { createIsolate } from "../../../../src/edge/isolate.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

const LIMIT: RateLimit = {
  name: "shared",
  counting: { type: "sliding-window", limit: 10, windowMs: 60_000 },
  key: [],
  cost: { type: "fixed", units: 1 },
  scope: { type: "colo", binding: "LIMITS" },
  onFailure: "open",
  dryRun: true,
  headers: true,
};

/** One request through the limit, beside a binding that answers when it is told to. */
function through(limit: Partial<RateLimit>) {
  const binding = Promise.withResolvers<{ success: boolean }>();
  const mesh = {
    ...meshOf([serviceOf("shop", [endpointOf("a", "https://a.invalid")])]),
    rateLimits: [{ ...LIMIT, ...limit }],
  };
  const env = { LIMITS: { limit: () => binding.promise } } as Environment;
  const isolate = createIsolate({ mesh, env, region: "weur", nowMs: 0 });
  const kept: Promise<unknown>[] = [];
  const arrived = {
    request: new Request("https://shop.example.com/"),
    matched: { route: { name: "shop" }, rule: { name: "all", filters: null } },
    isolate,
    open: isolate.open,
    ctx: { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) },
  } as unknown as Arrived;
  const passed = new Response("passed");
  const answer = limitRates(arrived, isolate.open.guards.rateLimits.inOrder, () => passed);
  return { answer, passed, binding, kept };
}

const log = vi.spyOn(console, "warn").mockImplementation(() => {});
beforeEach(() => void log.mockClear());
afterAll(() => log.mockRestore());

describe("a limit that others are asked about", () => {
  it("keeps a request waiting for the answer", async () => {
    const { answer, binding } = through({ dryRun: false });
    expect(answer).toBeInstanceOf(Promise);
    binding.resolve({ success: false });
    const { status, headers } = await answer;
    expect(status).toBe(429);
    // A data centre's window is over by then, whatever two of this isolate's would be.
    expect(headers.get("retry-after")).toBe("60");
  });

  it("keeps nobody waiting on trial, and counts and logs the answer when it comes", async () => {
    const { answer, passed, binding, kept } = through({});
    expect(answer).toBe(passed);
    binding.resolve({ success: false });
    expect(await Promise.all(kept)).toContain(null);
    expect(log.mock.calls.map(([line]) => JSON.parse(String(line)))).toMatchObject([
      { event: "refused", reason: "rate_limited", limit: "shared", dryRun: true },
    ]);
  });
});
