import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { type Machine, steadily } from "../../harness/machine.ts";
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
  key: [{ header: "x-tenant" }],
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
    tenants: perHour(true, { limit: 5 }),
  };
  const config = rulesByPath({ shop: serviceOf([origin]) }, rules, { rateLimits });
  return own.edge(config, { entry, bindings: { TEST_ISOLATES: String(ISOLATES) } });
}

/** Requests at all isolates in turn, so many at once. How many passed. Those that the object did not answer in time are 503. */
async function send(
  edge: Edge,
  machine: Machine,
  path: string,
  requests: number,
  headers: Record<string, string>,
  atOnce = 16,
) {
  const statuses = new Map<number, number>();
  let next = 0;
  const sender = async () => {
    while (next < requests) {
      const isolate = String(next++ % ISOLATES);
      const { status } = await ask(edge, path, { headers: { "x-test-isolate": isolate, ...headers } });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  const expected = machine.ran() ? [200, 429] : [200, 429, 503];
  expect([...statuses.keys()].filter((status) => !expected.includes(status))).toEqual([]);
  return statuses.get(200) ?? 0;
}

describe(`${ISOLATES} isolates under one limit, beside the real object`, () => {
  let edge: Edge;

  beforeAll(async () => {
    edge = await startEdge();
  });

  // The object that does not answer within half a second is one that cannot be asked.
  const BEARABLE_MS = 300;
  let tenants = 0;
  let machine: Machine;
  /** What was counted for a tenant of its own, of the first try in which the machine ran. */
  const counted = <T>(count: (tenant: string, machine: Machine) => Promise<T>): Promise<T> =>
    steadily(BEARABLE_MS, (beats) => {
      machine = beats;
      machine.begin(edge);
      tenants += 1;
      return count(`tenant-${tenants}`, machine);
    });

  it("an exact one passes as many as it says, and not one more", async () => {
    const passed = await counted((tenant, beats) => send(edge, beats, "/exact", 3 * LIMIT, { "x-tenant": tenant }));
    expect(passed).toBeLessThanOrEqual(LIMIT);
    // What is lent near the end comes back within seconds; before that at most a few units at each isolate are missing.
    if (machine.ran()) expect(passed).toBeGreaterThanOrEqual(LIMIT - 5 * ISOLATES);
  });

  it("another one passes one request for each isolate more at most", async () => {
    const passed = await counted((tenant, beats) => send(edge, beats, "/ahead", 3 * LIMIT, { "x-tenant": tenant }));
    expect(passed).toBeLessThanOrEqual(LIMIT + ISOLATES);
    if (machine.ran()) expect(passed).toBeGreaterThanOrEqual(LIMIT - 5 * ISOLATES);
  });

  it("counts each key for itself, at the object of its shard", async () => {
    const passed = await counted((tenant, beats) =>
      Promise.all(
        // More at once would come near the half second that the object has, on a small machine.
        Array.from({ length: 6 }, (_, i) => send(edge, beats, "/tenants", 40, { "x-tenant": `${tenant}-${i}` }, 4)),
      ),
    );
    if (machine.ran()) expect(passed).toEqual([5, 5, 5, 5, 5, 5]);
    else expect(Math.max(...passed)).toBeLessThanOrEqual(5);
  });

  it("tells whoever is refused when to come back, and whoever is not what is left", async () => {
    const { status, headers: said } = await counted(async (tenant, beats) => {
      const headers = { "x-test-isolate": "0", "x-tenant": tenant };
      const first = await ask(edge, "/tenants", { headers });
      expect(first.status).toBe(200);
      expect(first.headers["ratelimit-limit"]).toBe("5");
      await send(edge, beats, "/tenants", 40, { "x-tenant": tenant });
      return ask(edge, "/tenants", { headers });
    });
    if (!machine.ran()) return;
    expect(status).toBe(429);
    // The first request leaves the window in an hour, and a slice of a minute.
    expect(Number(said["retry-after"])).toBeGreaterThan(3_500);
    expect(Number(said["retry-after"])).toBeLessThanOrEqual(3_661);
  });
});
