import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
afterAll(own.close);

const ISOLATES = 8;
const LIMIT = 400;
const entry = join(import.meta.dirname, "../worker/many-isolates.ts");
const to = { backendRefs: [{ service: "shop" }] };
const perHour = (exact: boolean, more: object = {}) => ({
  algorithm: "sliding-window" as const,
  limit: LIMIT,
  window: "1h",
  key: [],
  scope: "global" as const,
  exact,
  ...more,
});

async function startEdge(): Promise<Edge> {
  const origin = await own.origin("a");
  const rules = {
    "/exact": { ...to, rateLimits: ["exact"] },
    "/ahead": { ...to, rateLimits: ["ahead"] },
    "/tenants": { ...to, rateLimits: ["tenants"] },
  };
  const rateLimits = {
    exact: perHour(true),
    ahead: perHour(false),
    tenants: perHour(true, { limit: 5, key: [{ header: "x-tenant" }] }),
  };
  const config = rulesByPath({ shop: serviceOf([origin]) }, rules, { rateLimits });
  return own.edge(config, { entry, bindings: { TEST_ISOLATES: String(ISOLATES) } });
}

/** Requests at all isolates in turn, sixteen at once. How many passed. */
async function send(edge: Edge, path: string, requests: number, headers: Record<string, string> = {}) {
  const statuses = new Map<number, number>();
  let next = 0;
  const sender = async () => {
    while (next < requests) {
      const isolate = String(next++ % ISOLATES);
      const { status } = await ask(edge, path, { headers: { "x-test-isolate": isolate, ...headers } });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 16 }, sender));
  expect([...statuses.keys()].filter((status) => status !== 200 && status !== 429)).toEqual([]);
  return statuses.get(200) ?? 0;
}

describe(`${ISOLATES} isolates under one limit, beside the real object`, () => {
  let edge: Edge;

  beforeAll(async () => {
    edge = await startEdge();
  });

  it("an exact one passes as many as it says, and not one more", async () => {
    const passed = await send(edge, "/exact", 3 * LIMIT);
    expect(passed).toBeLessThanOrEqual(LIMIT);
    // What is lent near the end comes back within seconds; before that at most a few units at each isolate are missing.
    expect(passed).toBeGreaterThanOrEqual(LIMIT - 5 * ISOLATES);
  });

  it("another one passes one request for each isolate more at most", async () => {
    const passed = await send(edge, "/ahead", 3 * LIMIT);
    expect(passed).toBeLessThanOrEqual(LIMIT + ISOLATES);
    expect(passed).toBeGreaterThanOrEqual(LIMIT - 5 * ISOLATES);
  });

  it("counts each key for itself, at the object of its shard", async () => {
    const passed = await Promise.all(
      Array.from({ length: 6 }, (_, i) => send(edge, "/tenants", 40, { "x-tenant": `tenant-${i}` })),
    );
    expect(passed).toEqual([5, 5, 5, 5, 5, 5]);
  });

  it("tells whoever is refused when to come back, and whoever is not what is left", async () => {
    const headers = { "x-test-isolate": "0", "x-tenant": "one" };
    const first = await ask(edge, "/tenants", { headers });
    expect(first.status).toBe(200);
    expect(first.headers["ratelimit-limit"]).toBe("5");
    await send(edge, "/tenants", 40, { "x-tenant": "one" });
    const { status, headers: said } = await ask(edge, "/tenants", { headers });
    expect(status).toBe(429);
    // The first request leaves the window in an hour, and a slice of a minute.
    expect(Number(said["retry-after"])).toBeGreaterThan(3_500);
    expect(Number(said["retry-after"])).toBeLessThanOrEqual(3_661);
  });
});
