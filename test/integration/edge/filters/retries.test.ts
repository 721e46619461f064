import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { steadily } from "../../harness/machine.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
afterAll(own.close);

const TOKEN = "let-me-ask";

/** Attempts made so far, by the request's uuid. */
const attempts = new Map<string, number>();

/** Fails the first `succeedAfter` attempts, with `responseCode` or by breaking the connection; waits `delay` ms. */
function respond(request: IncomingMessage, response: ServerResponse): void {
  const query = new URL(request.url ?? "", "http://a").searchParams;
  const uuid = query.get("uuid") ?? "";
  const made = (attempts.get(uuid) ?? 0) + 1;
  attempts.set(uuid, made);
  const code = query.get("responseCode");
  setTimeout(
    () => {
      if (made > Number(query.get("succeedAfter") ?? 0)) response.writeHead(200, { "content-length": 2 }).end("ok");
      else if (code === null) response.socket?.destroy();
      else response.writeHead(Number(code), { "content-length": 0 }).end();
    },
    Number(query.get("delay") ?? 0),
  );
}

describe("retries and time limits of a rule", () => {
  let edge: Edge;

  beforeAll(async () => {
    const origin = await own.origin("single", { respond });
    const backendRefs = [{ service: "single" }];
    edge = await own.edge(
      rulesByPath(
        { single: serviceOf([origin], { retry: { attempts: 0, budget: { percent: 1_000 } } }) },
        {
          "/code-500-attempts-3": { retry: { codes: [500], attempts: 3 }, backendRefs },
          "/code-all-attempts-2": { retry: { codes: [500, 502, 503, 504], attempts: 2 }, backendRefs },
          "/no-status-code-attempts-3": { retry: { attempts: 3 }, backendRefs },
          "/backoff": { retry: { codes: [503], attempts: 1, backoff: "50ms", backoffMin: "400ms" }, backendRefs },
          "/any-method": { retry: { codes: [503], attempts: 1, methods: ["*"] }, backendRefs },
          "/timeout": { timeouts: { request: "500ms" }, backendRefs },
          "/no-timeout": { timeouts: { request: "0s", backendRequest: "0s" }, backendRefs },
          "/backend-timeout": {
            timeouts: { request: "5s", backendRequest: "300ms" },
            retry: { attempts: 2 },
            backendRefs,
          },
          "/both-timeouts": {
            timeouts: { request: "500ms", backendRequest: "300ms" },
            retry: { attempts: 5 },
            backendRefs,
          },
          "/": { backendRefs },
        },
        { edge: { timeoutOverrides: { max: "1s" } } },
      ),
      { dev: false, bindings: { HEDDLE_DEBUG_TOKEN: TOKEN, HEDDLE_OPERATOR_TOKEN: `${TOKEN}-too` } },
    );
  });

  const request = async (path: string, query: string, options: Parameters<typeof ask>[2] = {}) => {
    const uuid = randomUUID();
    const answer = await ask(edge, `${path}?uuid=${uuid}&${query}`, options);
    return { ...answer, attempts: attempts.get(uuid) ?? 0 };
  };

  /** The same, of the first try in which the machine ran. What is told apart is 200 ms apart or more. */
  const quick: typeof request = (...question) =>
    steadily(150, (machine) => {
      machine.begin(edge);
      return request(...question);
    });

  // Each three times, one after the other, as the Gateway API's conformance suite asks: what failed before must not count.
  it.each([
    ["/code-500-attempts-3", "responseCode=500&succeedAfter=2", [200], 3],
    ["/code-500-attempts-3", "responseCode=500&succeedAfter=4", [500], 4],
    ["/code-500-attempts-3", "responseCode=503&succeedAfter=2", [503], 1],
    ["/code-all-attempts-2", "responseCode=500&succeedAfter=1", [200], 2],
    ["/code-all-attempts-2", "responseCode=500&succeedAfter=3", [500], 3],
    ["/code-all-attempts-2", "responseCode=502&succeedAfter=3", [502], 3],
    ["/code-all-attempts-2", "responseCode=503&succeedAfter=3", [503], 3],
    ["/code-all-attempts-2", "responseCode=504&succeedAfter=3", [504], 3],
    ["/no-status-code-attempts-3", "succeedAfter=2", [200], 3],
    ["/no-status-code-attempts-3", "succeedAfter=4", [500, 503], 4],
  ] as const)("%s?%s answers %j after %d attempts", async (path, query, statuses, made) => {
    for (let round = 0; round < 3; round += 1) {
      const answer = await request(path, query);
      expect(statuses as readonly number[], `round ${round}: ${answer.text}`).toContain(answer.status);
      expect(answer.attempts, `round ${round}`).toBe(made);
    }
  });

  it("waits between attempts as long as the backoff asks", async () => {
    const answer = await quick("/backoff", "responseCode=503&succeedAfter=1");
    expect(answer.status).toBe(200);
    expect(answer.headMs).toBeGreaterThan(395);
    expect(answer.headMs).toBeLessThan(1_500);
  });

  it("repeats no POST, unless the rule says so", async () => {
    const post = { method: "POST", body: "x" };
    expect((await request("/code-all-attempts-2", "responseCode=503&succeedAfter=1", post)).attempts).toBe(1);
    const said = await request("/any-method", "responseCode=503&succeedAfter=1", post);
    expect([said.status, said.attempts]).toEqual([200, 2]);
  });

  it("ends the whole request in time", async () => {
    expect((await quick("/timeout", "")).status).toBe(200);
    const late = await quick("/timeout", "delay=1000");
    expect([late.status, late.headers["x-heddle-flags"]]).toEqual([504, expect.stringContaining("UT")]);
    expect(late.headMs).toBeLessThan(950);
    expect((await request("/no-timeout", "delay=700")).status).toBe(200);
  });

  it("ends each attempt in time, and tries again", async () => {
    const answer = await request("/backend-timeout", "delay=800");
    expect([answer.status, answer.attempts]).toEqual([504, 3]);
    const both = await quick("/both-timeouts", "delay=800");
    expect([both.status, both.attempts]).toEqual([504, 2]);
    expect(both.headMs).toBeLessThan(780);
  });

  it.each([
    ["the debug token", { "x-heddle-debug": TOKEN, "x-heddle-request-timeout-ms": "150" }, 504],
    ["the operator token", { "x-heddle-debug": `${TOKEN}-too`, "x-heddle-attempt-timeout-ms": "150" }, 504],
    ["no token", { "x-heddle-request-timeout-ms": "150" }, 200],
    ["a wrong token", { "x-heddle-debug": "x", "x-heddle-request-timeout-ms": "150" }, 200],
    ["a token and no number", { "x-heddle-debug": TOKEN, "x-heddle-request-timeout-ms": "-150" }, 200],
  ])("a caller with %s who sets limits gets %3$d".replace("%3$d", "what is due"), async (_, headers, status) => {
    expect((await request("/", "delay=400", { headers })).status).toBe(status);
  });

  it("gives a caller no more than the bound", async () => {
    const headers = {
      "x-heddle-debug": TOKEN,
      "x-heddle-request-timeout-ms": "60000",
      "x-heddle-attempt-timeout-ms": "60000",
    };
    const answer = await quick("/timeout", "delay=700", { headers });
    expect(answer.status).toBe(200);
    const bounded = await quick("/timeout", "delay=3000", { headers });
    expect(bounded.status).toBe(504);
    expect(bounded.headMs).toBeLessThan(2_500);
  });
});
