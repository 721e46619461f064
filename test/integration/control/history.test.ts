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
  api = await startApi(`
services:
  shop:
    endpoints: [{ id: a, url: "${origin.url}" }]
    retry: { attempts: 0 }
    outlierDetection: { enabled: false }
    circuitBreaker: { enabled: false }
    slo:
      - { name: up, availability: 99, window: 24h }
      - { name: checkout, route: checkout, availability: 99, latency: { threshold: 8s, percent: 95 } }
routes:
  - { name: checkout, rules: [{ matches: [{ path: { value: /checkout } }], backendRefs: [{ service: shop }] }] }
  - { name: rest, rules: [{ backendRefs: [{ service: shop }] }] }
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
      { timeout: 60_000, interval: 500 },
    );
  });

  it("shows a budget burn during a fault, by what callers got, and no more when it is over", async () => {
    const objectives = async () => {
      const { json } = await api.ask("/v1/services/shop/slo");
      return json.objectives as readonly Record<string, number & string>[];
    };
    /** Asks on until all that was sent is known of. */
    const counted = (up: readonly [total: number, bad: number], checkout: readonly [total: number, bad: number]) =>
      vi.waitFor(
        async () => {
          const [all, route] = await objectives();
          expect([all!.total, all!.bad]).toEqual(up);
          expect([route!.total, route!.bad]).toEqual(checkout);
        },
        { timeout: 60_000, interval: 500 },
      );
    await counted([40, 0], [0, 0]);
    await origin.setFault({ status: 500 });
    const failed = await Promise.all(Array.from({ length: 20 }, () => askEdge(api.edge, "/checkout")));
    expect(failed.every(({ status }) => status === 500)).toBe(true);
    await counted([60, 20], [20, 20]);
    const [all, checkout, speed] = await objectives();
    expect(all).toMatchObject({ name: "up", kind: "availability", state: "page", exhaustedInMs: 0 });
    expect(all!.budgetRemainingRatio).toBeCloseTo(1 - 20 / 60 / 0.01, 6);
    expect([checkout!.state, checkout!.goodRatio]).toEqual(["page", 0]);
    expect([speed!.kind, speed!.total, speed!.bad, speed!.state]).toEqual(["latency", 20, 0, "ok"]);
    const { text } = await api.ask("/metrics");
    const labels = 'service="shop",objective="checkout",kind="availability",route="checkout"';
    const shown = (name: string, more = "") => {
      const line = text.split("\n").find((one) => one.startsWith(`${name}{${labels}${more}} `));
      return Number(line?.split(" ").at(-1));
    };
    expect(shown("heddle_slo_budget_remaining_ratio")).toBeCloseTo(-99, 6);
    expect(shown("heddle_slo_burn_rate", ',window="1h"')).toBeCloseTo(100, 6);
    await origin.setFault({});
    const good = await Promise.all(Array.from({ length: 60 }, () => askEdge(api.edge, "/")));
    expect(good.every(({ status }) => status === 200)).toBe(true);
    await counted([120, 20], [20, 20]);
    expect((await objectives())[0]!.budgetRemainingRatio).toBeGreaterThan(all!.budgetRemainingRatio!);
  }, 300_000);

  it("tells the event log when a budget burned too fast", async () => {
    await vi.waitFor(
      async () => {
        const { json } = await api.ask("/v1/events?service=shop&type=slo");
        expect(json.items).toContainEqual(expect.objectContaining({ type: "slo", service: "shop" }));
      },
      { timeout: 60_000, interval: 500 },
    );
  });

  it("has a forecast that says what it is made of", async () => {
    const { status, json } = await api.ask("/v1/services/shop/forecast");
    expect(status).toBe(200);
    expect(["naive", "none", "smoothing"]).toContain(json.method);
    expect(json.why).not.toBe("");
    expect(json.capacity).toEqual({ rps: null, knownRps: 0, endpoints: 1, unknown: 1 });
    expect((await api.ask("/v1/services/shop/forecast?region=mars")).status).toBe(400);
  });

  it("refuses what is no range, and services that there are not", async () => {
    expect((await api.ask("/v1/services/shop/history?from=2&to=1")).status).toBe(400);
    expect((await api.ask("/v1/services/shop/history?step=5s")).status).toBe(400);
    expect((await api.ask("/v1/services/other/history")).status).toBe(404);
  });
});
