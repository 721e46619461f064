/** Two Workers, each a script with code and isolates of its own, under the limits of one RateLimiter class. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { meshOf } from "../../harness/configs.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
afterAll(own.close);

/** Of each Worker. */
const ISOLATES = 4;
const LIMIT = 300;
const worker = (name: string) => join(import.meta.dirname, "../worker", name);
const to = { backendRefs: [{ service: "shop" }] };
const perHour = (exact: boolean) => ({
  algorithm: "sliding-window" as const,
  limit: LIMIT,
  window: "1h",
  key: [],
  scope: "global" as const,
  exact,
});

describe("two Workers under one global limit", () => {
  let first: Edge;
  /** Where the second one is asked. */
  let second: Pick<Edge, "url" | "port">;

  beforeAll(async () => {
    const origin = await own.origin("a");
    const rules = { "/exact": { ...to, rateLimits: ["exact"] }, "/ahead": { ...to, rateLimits: ["ahead"] } };
    const rateLimits = { exact: perHour(true), ahead: perHour(false) };
    const mesh = await meshOf(rulesByPath({ shop: serviceOf([origin]) }, rules, { rateLimits }));
    first = await own.edgeOf(mesh, {
      entry: worker("many-isolates.ts"),
      bindings: { TEST_ISOLATES: String(ISOLATES) },
      control: {
        entry: worker("second-script.ts"),
        namespaces: [{ binding: "RATE_LIMITER", className: "RateLimiter", owner: "edge" }],
        bindings: { TEST_ISOLATES: String(ISOLATES), TEST_MESH: JSON.stringify(mesh) },
      },
    });
    const url = first.controlUrl!;
    second = { url, port: Number(new URL(url).port) };
  });

  /** Requests at both in turn, and at their isolates in turn, sixteen at once. How many passed at each. */
  async function send(path: string, requests: number): Promise<readonly [number, number]> {
    const passed: [number, number] = [0, 0];
    let next = 0;
    const sender = async () => {
      while (next < requests) {
        const number = next++;
        const at = (number % 2) as 0 | 1;
        const isolate = String((number >> 1) % ISOLATES);
        const { status, text } = await ask((at === 0 ? first : second) as Edge, path, {
          headers: { "x-test-isolate": isolate },
        });
        if (status === 200) passed[at] += 1;
        else expect(status, text).toBe(429);
      }
    };
    await Promise.all(Array.from({ length: 16 }, sender));
    return passed;
  }

  it.each([
    ["an exact one passes as many as it says, and not one more", "/exact", LIMIT],
    ["another one passes one request for each isolate of both more at most", "/ahead", LIMIT + 2 * ISOLATES],
  ])("%s", async (_, path, most) => {
    const [one, other] = await send(path, 4 * LIMIT);
    expect(one + other).toBeLessThanOrEqual(most);
    // What is lent near the end comes back within seconds; before that at most a few units at each isolate are missing.
    expect(one + other).toBeGreaterThanOrEqual(LIMIT - 5 * 2 * ISOLATES);
    // Both had a good part of it: neither counts by itself, or both would have had all.
    expect(Math.min(one, other)).toBeGreaterThan(LIMIT / 10);
  });

  it("asked the same objects: neither counted for want of them", async () => {
    for (const at of [first, second]) {
      const states = JSON.parse((await ask(at as Edge, "/__test/states")).text) as {
        readonly reporter: string;
        readonly globalLimits: { readonly calls: number; readonly failures: number; readonly degraded: number };
      }[];
      expect(states).toHaveLength(ISOLATES);
      for (const { globalLimits } of states) {
        expect(globalLimits.calls).toBeGreaterThan(0);
        expect([globalLimits.failures, globalLimits.degraded]).toEqual([0, 0]);
      }
    }
  });
});
