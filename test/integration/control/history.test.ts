/** History, objectives and forecasts, as a user asks for them, with traffic on a real workerd. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { ask as askEdge } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { type Api, startApi } from "./api-client.ts";

const own = createResources();
let api: Api;
let origin: Origin;

beforeAll(async () => {
  origin = await own.origin("a");
  api = await startApi(`services: { shop: { endpoints: [{ id: a, url: "${origin.url}" }] } }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`);
});
afterAll(async () => {
  await api?.stop();
  await own.close();
});

const sum = (column: readonly (number | null)[]) => column.reduce<number>((total, value) => total + (value ?? 0), 0);

describe("the history of a service", () => {
  it("has every request that was sent, of a mesh that was bundled and never applied", async () => {
    expect((await api.ask("/v1/services/shop/history")).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 40 }, () => askEdge(api.edge, "/")));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await vi.waitFor(
      async () => {
        const { json } = await api.ask("/v1/services/shop/history?step=10s");
        expect(sum(json.requests)).toBe(40);
        expect(sum(json.endpoints.a.rps) * 10).toBeCloseTo(40, 6);
        expect(json.step).toBe(10_000);
        expect(json.success.find((value: number | null) => value !== null)).toBe(1);
        expect(Object.keys(json.regions)).toHaveLength(1);
        expect(json.p50Ms.some((value: number | null) => value !== null && value > 0)).toBe(true);
      },
      { timeout: 30_000, interval: 500 },
    );
  });

  it("refuses what is no range, and services that there are not", async () => {
    expect((await api.ask("/v1/services/shop/history?from=2&to=1")).status).toBe(400);
    expect((await api.ask("/v1/services/shop/history?step=5s")).status).toBe(400);
    expect((await api.ask("/v1/services/other/history")).status).toBe(404);
  });
});
