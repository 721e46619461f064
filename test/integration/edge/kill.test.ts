import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { pause } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

const KILLED_MS = 3_000;
const BACK_MS = 8_000;
const SECONDS = 20;
const own = createResources();
afterAll(own.close);

describe("an origin killed under load", () => {
  let report: TrafficReport;
  /** Arrivals at the killed origin, ms since the start of the run. */
  const arrivals: number[] = [];
  let backAtMs = 0;

  beforeAll(async () => {
    let startedAt = 0;
    const options = { baseLatencyMs: 5, jitterMs: 10 };
    const victim = await own.origin("aws", {
      ...options,
      onRequest: () => arrivals.push(performance.now() - startedAt),
    });
    const others: Origin[] = [await own.origin("gcp", options), await own.origin("azure", options)];
    const edge = await own.edge(servicesByHost({ shop: `endpoints: ${endpoints([victim, ...others])}` }));
    startedAt = performance.now();
    const traffic = startTraffic(edge, { host: "shop.test", rps: 200, seconds: SECONDS });
    await pause(KILLED_MS - traffic.elapsedMs());
    await victim.setFault({ refuse: true });
    await pause(BACK_MS - traffic.elapsedMs());
    await victim.setFault({});
    backAtMs = traffic.elapsedMs();
    report = await traffic.done;
  });

  it("fails no request, neither when it dies nor when it comes back", () => {
    expect(report.summary.failed, report.describe()).toBe(0);
    expect(report.summary.ok).toBe(200 * SECONDS);
  });

  it("gets a fair share before", () => {
    // A third of the traffic is fair; the adaptive policy needs a moment to know that all are alike.
    expect(report.share("aws", 1_000, KILLED_MS), report.describe()).toBeGreaterThan(0.15);
  });

  it("gets less than 1 % of traffic from 2 s after its death", () => {
    expect(report.share("aws", KILLED_MS + 2_000, BACK_MS), report.describe()).toBeLessThan(0.01);
  });

  it("meets a handful of requests in its first moments back, then a growing part", () => {
    const first = arrivals.find((at) => at >= backAtMs) ?? Number.POSITIVE_INFINITY;
    const early = arrivals.filter((at) => at >= first && at < first + 250).length;
    expect(early).toBeLessThan(10);
  });

  it("is back at its fair share in the end", () => {
    expect(report.share("aws", (SECONDS - 2) * 1_000), report.describe()).toBeGreaterThan(0.15);
  });
});
