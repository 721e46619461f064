import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { type Answer, ask, type Question } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { until } from "../harness/state.ts";

const own = createResources();
afterAll(own.close);

describe("limits", () => {
  let edge: Edge;
  const most = new Map<string, number>();
  /** Answers that origins hold back. */
  const held = new Map<string, ServerResponse[]>();
  let holds = false;

  /** An origin that may hold requests, and counts how many it holds at once. */
  async function holding(name: string): Promise<Origin> {
    const responses: ServerResponse[] = [];
    held.set(name, responses);
    return own.origin(name, {
      respond: (_, response) => {
        responses.push(response);
        most.set(name, Math.max(most.get(name) ?? 0, responses.length));
        if (!holds) release();
      },
    });
  }

  const allHeld = () => [...held.values()].reduce((sum, { length }) => sum + length, 0);

  function release(): void {
    for (const responses of held.values()) for (const response of responses.splice(0)) response.end("held");
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

  /**
   * So many requests at once. Those that are let in are held until all others have been refused: a refusal waits for
   * nobody, or this would not end.
   */
  async function volley(host: string, count: number, headersOf: (at: number) => Question["headers"] = () => ({})) {
    holds = true;
    let answered = 0;
    const asked = Array.from({ length: count }, async (_, at): Promise<Answer> => {
      const answer = await ask(edge, "/", { host: `${host}.test`, headers: headersOf(at) ?? {} });
      answered += 1;
      return answer;
    });
    await until(
      "each request held or refused",
      15_000,
      () => [allHeld(), answered] as const,
      ([inside, outside]) => inside + outside === count,
    );
    holds = false;
    release();
    return Promise.all(asked);
  }

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
    const answers = await volley("classed", 8, (at) => ({ "x-class": at % 2 === 0 ? "gold" : "bulk" }));
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 503, 503, 503, 503]);
  });
});
