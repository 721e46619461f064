import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { type Answer, ask } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";

/** Long enough for all requests of a volley to be under way together, whatever the machine does. */
const HELD_MS = 1_000;

const own = createResources();
afterAll(own.close);

describe("limits", () => {
  let edge: Edge;
  const most = new Map<string, number>();

  /** An origin that holds each request, and counts how many it holds at once. */
  async function holding(name: string): Promise<Origin> {
    let held = 0;
    return own.origin(name, {
      respond: (_, response) => {
        held += 1;
        most.set(name, Math.max(most.get(name) ?? 0, held));
        setTimeout(() => {
          held -= 1;
          response.end("held");
        }, HELD_MS);
      },
    });
  }

  beforeAll(async () => {
    const [all, each1, each2, free, classed] = [
      await holding("all"),
      await holding("each-1"),
      await holding("each-2"),
      await holding("free"),
      await holding("classed"),
    ];
    edge = await own.edge(
      servicesByHost({
        all: `endpoints: ${endpoints([all])}, limits: { maxRequests: 4, retryAfter: 3s }`,
        each: `endpoints: ${endpoints([each1, each2])}, limits: { maxRequestsPerEndpoint: 3 },
          loadBalancing: { policy: round-robin }`,
        free: `endpoints: ${endpoints([free])}`,
        classed: `endpoints: ${endpoints([classed])},
          limits: { maxRequests: 4, requestClass: { header: x-class, classes: [gold, bulk], trust: callers } }`,
      }),
    );
    for (const host of ["all", "each", "free", "classed"]) await ask(edge, "/", { host: `${host}.test` });
  });

  const volley = (host: string, count: number): Promise<Answer[]> =>
    Promise.all(Array.from({ length: count }, () => ask(edge, "/", { host: `${host}.test` })));

  const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort();

  it("of a service let so many requests in, and refuse the others at once with 503 UO", async () => {
    const answers = await volley("all", 10);
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 503, 503, 503, 503, 503, 503]);
    expect(most.get("all")).toBe(4);
    for (const answer of answers.filter(({ status }) => status === 503)) {
      expect(answer.headers).toMatchObject({
        "x-heddle-flags": "UO",
        "retry-after": "3",
        "content-type": "application/problem+json",
      });
      expect(answer.headMs, "a refusal waits for nobody").toBeLessThan(HELD_MS);
    }
  });

  it("of a service let the next in when there is room again", async () => {
    expect(statuses(await volley("all", 4))).toEqual([200, 200, 200, 200]);
    expect(statuses(await volley("all", 4))).toEqual([200, 200, 200, 200]);
  });

  it("of an endpoint send what it cannot take to the others, and refuse what none can", async () => {
    const answers = await volley("each", 9);
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 200, 503, 503, 503]);
    expect([most.get("each-1"), most.get("each-2")]).toEqual([3, 3]);
    expect(answers.find(({ status }) => status === 503)!.headers["x-heddle-flags"]).toBe("UO");
  });

  it("are none unless configured", async () => {
    expect(new Set(statuses(await volley("free", 40)))).toEqual(new Set([200]));
    expect(most.get("free")).toBe(40);
  });

  it("count every class of requests", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        ask(edge, "/", { host: "classed.test", headers: { "x-class": at % 2 === 0 ? "gold" : "bulk" } }),
      ),
    );
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 503, 503, 503, 503]);
  });
});
