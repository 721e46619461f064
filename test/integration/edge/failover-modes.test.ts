import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask, attemptsOf } from "../harness/ask.ts";
import { servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { pause, until } from "../harness/state.ts";

const own = createResources();
afterAll(own.close);

/** Above what the requests of one step take; the test says when quiet time passes. */
const QUIET_MS = 4_000;

describe("failover", () => {
  let edge: Edge;
  let primary: Origin;

  beforeAll(async () => {
    primary = await own.origin("primary");
    const secondary = await own.origin("secondary");
    const pair = `endpoints: [{ id: primary, url: "${primary.url}" }, { id: secondary, url: "${secondary.url}", priority: 1 }],
      loadBalancing: { policy: round-robin }, panicThreshold: 0, retry: { budget: { percent: 100 } },
      outlierDetection: { enabled: false }`;
    edge = await own.edge(
      servicesByHost({
        window: `${pair}, failover: { mode: time-window, failures: 3, window: 30s, quiet: ${QUIET_MS}ms, priorities: strict }`,
        fewer: `${pair}, failover: { mode: time-window, failures: 3, window: 30s, priorities: strict }`,
        direct: `${pair}, failover: { mode: direct, priorities: strict }, circuitBreaker: { enabled: false }`,
      }),
    );
  });

  /** The endpoints that one request went to, in order. */
  async function way(host: string): Promise<string> {
    const answer = await ask(edge, "/", { host: `${host}.test` });
    expect(answer.status, answer.text).toBe(200);
    return attemptsOf(answer.headers)
      .map((attempt) => attempt.replace(/:.*/, ""))
      .join(" then ");
  }

  it("by time window leaves an endpoint after so many failures, and is back after quiet time only", async () => {
    expect(await way("window")).toBe("primary");
    await primary.setFault({ status: 500 });
    expect([await way("window"), await way("window")]).toEqual(["primary then secondary", "primary then secondary"]);
    expect(await way("window")).toBe("primary then secondary");
    // The third failure was the last.
    const leftAt = performance.now();
    expect(await way("window")).toBe("secondary");
    await primary.setFault({});
    expect(await way("window")).toBe("secondary");
    expect(performance.now() - leftAt, "the steps so far were quick enough to say so").toBeLessThan(QUIET_MS);
    // Quiet time, and again as much: the object lends a few probes first.
    await pause(QUIET_MS);
    const seen: string[] = [];
    await until(
      "five at the primary in a row",
      10 * QUIET_MS,
      async () => {
        seen.push(await way("window"));
        return seen;
      },
      () => seen.slice(-5).join() === Array(5).fill("primary").join(),
    );
  });

  it("by time window forgives fewer failures", async () => {
    await primary.setFault({ status: 500 });
    expect([await way("fewer"), await way("fewer")]).toEqual(["primary then secondary", "primary then secondary"]);
    await primary.setFault({});
    expect([await way("fewer"), await way("fewer")]).toEqual(["primary", "primary"]);
  });

  it("directly moves on inside each request and remembers nothing", async () => {
    await primary.setFault({ status: 500 });
    for (let round = 0; round < 8; round++) expect(await way("direct")).toBe("primary then secondary");
    await primary.setFault({});
    for (let round = 0; round < 3; round++) expect(await way("direct")).toBe("primary");
  });
});
