import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { pause, serviceIn, stateOf } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

const KILLED_MS = 3_000;
const BACK_MS = 8_000;
/** Back after an ejection of 2 s, three probes and a slow start of ten, and a few seconds more. */
const SECONDS = 27;
const own = createResources();
afterAll(own.close);

describe("an origin killed under load", () => {
  let report: TrafficReport;
  /** Arrivals at the killed origin, ms since the start of the run. */
  const arrivals: number[] = [];
  let backAtMs = 0;
  /** States of its breaker, as the edge showed them one after the other. */
  const breakers: string[] = [];

  beforeAll(async () => {
    let startedAt = 0;
    const options = { baseLatencyMs: 5, jitterMs: 10 };
    const victim = await own.origin("aws", {
      ...options,
      onRequest: () => arrivals.push(performance.now() - startedAt),
    });
    const others: Origin[] = [await own.origin("gcp", options), await own.origin("azure", options)];
    const edge = await own.edge(servicesByHost({ shop: `endpoints: ${endpoints([victim, ...others])}` }));
    const watching = setInterval(async () => {
      const endpoint = serviceIn(await stateOf(edge), "shop").endpoints.find(({ id }) => id === "aws")!;
      if (breakers.at(-1) !== endpoint.breaker) breakers.push(endpoint.breaker);
    }, 100);
    startedAt = performance.now();
    const traffic = startTraffic(edge, { host: "shop.test", rps: 200, seconds: SECONDS });
    await pause(KILLED_MS - traffic.elapsedMs());
    await victim.setFault({ refuse: true });
    await pause(BACK_MS - traffic.elapsedMs());
    await victim.setFault({});
    backAtMs = traffic.elapsedMs();
    report = await traffic.done;
    clearInterval(watching);
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

  it("meets a handful of requests in its first moments back: the probes that half-open breakers lend", () => {
    const first = arrivals.find((at) => at >= backAtMs) ?? Number.POSITIVE_INFINITY;
    const early = arrivals.filter((at) => at >= first && at < first + 500).length;
    // A fair share of half a second would be 33.
    expect(early, report.describe()).toBeLessThanOrEqual(8);
    expect(breakers, "what the edge said of it, in order").toEqual(expect.arrayContaining(["open", "half-open"]));
    expect(breakers.at(-1)).toBe("closed");
  });

  it("is back at its fair share in the end, and grew into it", () => {
    const growing = report.share("aws", backAtMs, backAtMs + 4_000);
    const end = report.share("aws", (SECONDS - 3) * 1_000);
    expect(end, report.describe()).toBeGreaterThan(0.15);
    expect(growing, report.describe()).toBeLessThan(end);
  });
});
