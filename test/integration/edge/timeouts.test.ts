import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask, attemptsOf } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { steadily } from "../harness/machine.ts";
import { createResources } from "../harness/resources.ts";

/**
 * Deadlines are looked at every 25 ms. On an idle machine an answer is there within 100 ms of its limit; here two busy
 * cores may put off any of four processes by several times that, so half a second is allowed. What is told apart is
 * further apart than that.
 */
const LATE_MS = 500;
/** What is left of it for the machine. */
const BEARABLE_MS = 200;

const own = createResources();
afterAll(own.close);

describe("time limits", () => {
  let edge: Edge;
  const told: (string | undefined)[] = [];

  beforeAll(async () => {
    const hung = await own.origin("hung", {
      fault: { hang: true },
      onRequest: ({ headers }) => told.push(headers["x-heddle-timeout-ms"] as string | undefined),
    });
    const flowing = await own.origin("flowing", {
      respond: (_, response) => {
        response.writeHead(200);
        response.flushHeaders();
        let lines = 0;
        const timer = setInterval(() => {
          response.write(`line ${lines}\n`);
          lines += 1;
          if (lines < 20) return;
          clearInterval(timer);
          response.end();
        }, 100);
      },
    });
    const hungOnes = endpoints([hung, { name: "hung-too", url: hung.url }, { name: "hung-as-well", url: hung.url }]);
    edge = await own.edge(
      servicesByHost({
        attempt: `endpoints: ${endpoints([hung])}, timeouts: { request: 10s, backendRequest: 600ms }, retry: { attempts: 0 }`,
        request: `endpoints: ${hungOnes}, timeouts: { request: 1500ms, backendRequest: 600ms },
          retry: { attempts: 10, budget: { percent: 100 } }, loadBalancing: { policy: round-robin }`,
        "request-only": `endpoints: ${endpoints([hung])}, timeouts: { request: 700ms, backendRequest: 0s }`,
        flowing: `endpoints: ${endpoints([flowing])}, timeouts: { request: 1500ms, backendRequest: 1s }`,
        adaptive: `endpoints: ${endpoints([hung])}, retry: { attempts: 0 },
          timeouts: { adaptive: { min: 400ms, max: 800ms } }`,
      }),
    );
    // Everything that is started once (code, connections, objects) is started here.
    await ask(edge, "/", { host: "flowing.test" });
  });

  /** The answer of a service, of the first try in which the machine ran. */
  const asked = (service: string) =>
    steadily(BEARABLE_MS, (machine) => {
      told.length = 0;
      machine.begin(edge);
      return ask(edge, "/", { host: `${service}.test` });
    });

  it("one attempt ends at its own limit", async () => {
    const answer = await asked("attempt");
    expect([answer.status, answer.headers["x-heddle-flags"]], answer.text).toEqual([504, "URX,UT"]);
    expect(answer.headMs).toBeGreaterThan(595);
    expect(answer.headMs).toBeLessThan(600 + LATE_MS);
  });

  it("the request ends at its own, over all attempts and waits", async () => {
    const answer = await asked("request");
    expect(answer.status, answer.text).toBe(504);
    expect(answer.headers["x-heddle-flags"]).toContain("UT");
    expect(answer.headMs).toBeGreaterThan(1_495);
    expect(answer.headMs).toBeLessThan(1_500 + LATE_MS);
    // 600 + 600 + what is left of 1500.
    expect(attemptsOf(answer.headers).length, JSON.stringify(answer.rawHeaders)).toBe(3);
    const remaining = told.map(Number);
    expect(remaining.slice(0, 2)).toEqual([600, 600]);
    expect(remaining[2]).toBeGreaterThan(0);
    expect(remaining[2]).toBeLessThanOrEqual(300);
  });

  it("without a limit for attempts the request's counts", async () => {
    const answer = await asked("request-only");
    expect(answer.status, answer.text).toBe(504);
    expect(answer.headMs).toBeGreaterThan(695);
    expect(answer.headMs).toBeLessThan(700 + LATE_MS);
  });

  it("an adaptive limit stays within its bounds", async () => {
    const answer = await asked("adaptive");
    expect(answer.status, answer.text).toBe(504);
    expect(answer.headMs).toBeGreaterThan(395);
    expect(answer.headMs).toBeLessThan(800 + LATE_MS);
  });

  it("a body that flows is never cut", async () => {
    const answer = await ask(edge, "/", { host: "flowing.test" });
    expect([answer.status, answer.complete]).toEqual([200, true]);
    expect(answer.text.split("\n").length).toBe(21);
    // Longer than both limits.
    expect(answer.tookMs).toBeGreaterThan(1_500);
  });
});
