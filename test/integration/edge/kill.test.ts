import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { type Machine, steadily } from "../harness/machine.ts";
import { createResources } from "../harness/resources.ts";
import { pause, serviceIn, stateOf } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

const KILLED_MS = 3_000;
const BACK_MS = 8_000;
/** Back after an ejection of 2 s, three probes and a slow start of ten, and a few seconds more. */
const SECONDS = 27;
/** How late a beat of the machine may be: where every answer takes this much longer, requests are shed. */
const BEARABLE_MS = 250;
const own = createResources();
afterAll(own.close);

describe("an origin killed under load", () => {
  let report: TrafficReport;
  let machine: Machine;
  /** Arrivals at the killed origin, ms since the start of the run. */
  const arrivals: number[] = [];
  let backAtMs = 0;
  /** States of its breaker, as the edge showed them one after the other. */
  const breakers: string[] = [];

  async function takeCourse(beats: Machine): Promise<void> {
    machine = beats;
    await own.close();
    arrivals.length = 0;
    breakers.length = 0;
    let startedAt = 0;
    const options = { baseLatencyMs: 5, jitterMs: 10 };
    const victim = await own.origin("aws", {
      ...options,
      onRequest: () => arrivals.push(performance.now() - startedAt),
    });
    const others: Origin[] = [await own.origin("gcp", options), await own.origin("azure", options)];
    const edge = await own.edge(servicesByHost({ shop: `endpoints: ${endpoints([victim, ...others])}` }));
    machine.begin(edge);
    startedAt = performance.now();
    const traffic = startTraffic(edge, { host: "shop.test", rps: 200, seconds: SECONDS });
    let isOver = false;
    const watched = (async () => {
      while (!isOver) {
        const endpoint = serviceIn(await stateOf(edge), "shop").endpoints.find(({ id }) => id === "aws")!;
        if (breakers.at(-1) !== endpoint.breaker) breakers.push(endpoint.breaker);
        await pause(50);
      }
    })();
    try {
      await pause(KILLED_MS - traffic.elapsedMs());
      await victim.setFault({ refuse: true });
      await pause(BACK_MS - traffic.elapsedMs());
      machine.mustRun();
      await victim.setFault({});
      backAtMs = traffic.elapsedMs();
      await pause(BACK_MS + 5_000 - traffic.elapsedMs());
      machine.mustRun();
      report = await traffic.done;
    } finally {
      isOver = true;
      traffic.stop();
      await watched;
    }
  }

  beforeAll(() => steadily(BEARABLE_MS, takeCourse));

  it("fails no request, neither when it dies nor when it comes back", () => {
    expect(report.failedOn(machine), report.describe()).toBe(0);
    expect(report.summary.sent).toBe(200 * SECONDS);
  });

  it("gets a fair share before", () => {
    if (machine.collapsed()) return;
    // A third of the traffic is fair; the adaptive policy needs a moment to know that all are alike.
    expect(report.share("aws", 1_000, KILLED_MS), report.describe()).toBeGreaterThan(0.15);
  });

  it("gets less than 1 % of traffic from 2 s after its death", () => {
    if (machine.collapsed()) return;
    expect(report.share("aws", KILLED_MS + 2_000, BACK_MS), report.describe()).toBeLessThan(machine.ran() ? 0.01 : 0.1);
  });

  it("meets a handful of requests in its first moments back: the probes that half-open breakers lend", () => {
    if (machine.collapsed()) return;
    const first = arrivals.find((at) => at >= backAtMs) ?? Number.POSITIVE_INFINITY;
    const early = arrivals.filter((at) => at >= first && at < first + 500).length;
    // A fair share of half a second would be 33; what a machine puts off comes at once.
    expect(early, report.describe()).toBeLessThanOrEqual(machine.ran() ? 12 : 25);
    expect(breakers, "what the edge said of it, in order").toEqual(expect.arrayContaining(["open", "half-open"]));
    expect(breakers.at(-1)).toBe("closed");
  });

  it("is back at its fair share in the end, and grew into it", () => {
    if (machine.collapsed()) return;
    const growing = report.share("aws", backAtMs, backAtMs + 4_000);
    const end = report.share("aws", (SECONDS - 6) * 1_000);
    // Others may look faster for a while where processes wait for each other: what is told apart is a part from next to nothing.
    expect(end, report.describe()).toBeGreaterThan(machine.ran() ? 0.1 : 0.03);
    expect(growing, report.describe()).toBeLessThan(end);
  });
});
