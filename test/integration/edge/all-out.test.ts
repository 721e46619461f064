import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { type Answer, ask, attemptsOf } from "../harness/ask.ts";
import { servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";

/** One failure takes an endpoint out for the rest of the test. */
const OUT_AT_ONCE = `loadBalancing: { policy: round-robin }, retry: { attempts: 1, budget: { percent: 100 } },
  circuitBreaker: { localConsecutiveFailures: 1, localBase: 60s, localMax: 60s }`;
const FAST = "timeouts: { backendRequest: 300ms }";

const own = createResources();
afterAll(own.close);

function problemOf({ text, headers }: Answer): Record<string, unknown> {
  expect(headers["content-type"], text).toBe("application/problem+json");
  return JSON.parse(text) as Record<string, unknown>;
}

const seen = ({ status, text, rawHeaders }: Answer) => `${status} ${text} ${rawHeaders.join(" ")}`;

describe("with every origin of a service down", () => {
  let edge: Edge;
  let revivable: Origin;
  let keeper: Origin;

  beforeAll(async () => {
    const fine = await own.origin("fine", { baseLatencyMs: 600 });
    const broken = await own.origin("broken", { fault: { status: 500 } });
    const halfway = await own.origin("halfway", { fault: { hang: true } });
    revivable = await own.origin("revivable", { fault: { refuse: true } });
    keeper = await own.origin("keeper", {
      respond: (request, response) => {
        const secret = request.url === "/private" ? { "cache-control": "private" } : {};
        response
          .writeHead(200, { "content-type": "text/plain", "x-kept": "yes", ...secret })
          .end(`good ${request.url}`);
      },
    });
    const dead = '[{ id: a, url: "http://127.0.0.1:1" }, { id: b, url: "http://127.0.0.1:1" }]';
    const dying = `endpoints: [{ id: keeper, url: "${keeper.url}" }], ${OUT_AT_ONCE}`;
    edge = await own.edge(
      servicesByHost({
        panic: `endpoints: [{ id: a, url: "${revivable.url}" }, { id: b, url: "${revivable.url}" }], ${OUT_AT_ONCE}`,
        fail: `endpoints: ${dead}, ${OUT_AT_ONCE}, failover: { allOut: fail }`,
        "fail-without-threshold": `endpoints: ${dead}, ${OUT_AT_ONCE}, failover: { allOut: fail }, panicThreshold: 0`,
        next: `endpoints: [{ id: a, url: "http://127.0.0.1:1" }, { id: b, url: "${revivable.url}", priority: 1 }],
          ${OUT_AT_ONCE}, failover: { allOut: nextPriority }`,
        errors: `endpoints: [{ id: a, url: "${broken.url}" }, { id: b, url: "${broken.url}" }], ${OUT_AT_ONCE}`,
        "other-service": `endpoints: ${dead}, ${OUT_AT_ONCE}, ${FAST}, fallback: [{ service: spare }]`,
        "other-when-failed": `endpoints: [{ id: a, url: "${broken.url}" }], ${FAST}, fallback: [{ service: spare }]`,
        "other-when-hung": `endpoints: [{ id: a, url: "${halfway.url}" }], ${FAST}, retry: { attempts: 0 },
          fallback: [{ service: spare }]`,
        spare: `endpoints: [{ id: fine, url: "${fine.url}" }], timeouts: { backendRequest: 5s }`,
        stale: `${dying}, fallback: [{ staleIfError: { maxAge: 1m } }]`,
        "stale-briefly": `${dying}, fallback: [{ staleIfError: { maxAge: 1s } }]`,
        fixed: `endpoints: ${dead}, ${OUT_AT_ONCE},
          fallback: [{ response: { status: 418, headers: { x-why: tired }, body: "later, please" } }]`,
        chain: `${dying}, fallback: [{ service: gone }, { staleIfError: {} }, { response: { status: 200, body: sorry } }]`,
        gone: `endpoints: ${dead}, ${OUT_AT_ONCE}, failover: { allOut: fail }`,
      }),
    );
    for (const host of ["stale.test", "stale-briefly.test", "chain.test"]) {
      for (const path of ["/", "/private"]) expect((await ask(edge, path, { host })).status).toBe(200);
    }
    await keeper.setFault({ refuse: true });
  });

  it("panic asks them all the same, so that the first that is back answers at once", async () => {
    for (let round = 0; round < 6; round++) {
      const answer = await ask(edge, "/", { host: "panic.test" });
      expect(answer.status, seen(answer)).toBe(503);
      expect(answer.headers["x-heddle-flags"], seen(answer)).toBe("URX,UF");
      expect(problemOf(answer)).toMatchObject({ status: 503, flag: "URX,UF" });
      expect(attemptsOf(answer.headers).length, seen(answer)).toBe(2);
    }
    await revivable.setFault({});
    for (let round = 0; round < 6; round++) {
      const answer = await ask(edge, "/", { host: "panic.test" });
      expect(answer.status, seen(answer)).toBe(200);
    }
    await revivable.setFault({ refuse: true });
  });

  it.each(["fail", "fail-without-threshold"])("%s answers 503 UH without asking any of them", async (name) => {
    await ask(edge, "/", { host: `${name}.test` });
    await ask(edge, "/", { host: `${name}.test` });
    for (let round = 0; round < 5; round++) {
      const answer = await ask(edge, "/", { host: `${name}.test`, headers: { "x-request-id": "r-17" } });
      expect(answer.status, seen(answer)).toBe(503);
      expect(attemptsOf(answer.headers), seen(answer)).toEqual([]);
      expect(problemOf(answer)).toEqual({
        type: "about:blank",
        title: "No healthy upstream",
        status: 503,
        flag: "UH",
        requestId: "r-17",
      });
      expect(answer.headers["x-request-id"]).toBe("r-17");
    }
  });

  it("nextPriority asks the last priority only", async () => {
    await ask(edge, "/", { host: "next.test" });
    await ask(edge, "/", { host: "next.test" });
    for (let round = 0; round < 5; round++) {
      const answer = await ask(edge, "/", { host: "next.test" });
      expect(answer.status, seen(answer)).toBe(503);
      expect(attemptsOf(answer.headers)[0], seen(answer)).toMatch(/^b:/);
    }
    await revivable.setFault({});
    const answer = await ask(edge, "/", { host: "next.test" });
    expect([answer.status, answer.headers["x-heddle-endpoint"]], seen(answer)).toEqual([200, "b"]);
    await revivable.setFault({ refuse: true });
  });

  it("passes their own last answer on when they do answer, with the flag", async () => {
    const answer = await ask(edge, "/", { host: "errors.test" });
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.text)).toMatchObject({ origin: "broken" });
    expect(answer.headers["x-heddle-flags"], seen(answer)).toBe("URX");
    expect(attemptsOf(answer.headers).sort(), seen(answer)).toEqual(["a:5xx", "b:5xx"]);
  });

  it.each(["other-service", "other-when-failed", "other-when-hung"])(
    "%s: another service answers, by its own settings",
    async (name) => {
      // The spare takes 600 ms: longer than this service's own attempts may take, shorter than the spare's.
      for (let round = 0; round < 2; round++) {
        const answer = await ask(edge, "/x", { host: `${name}.test` });
        expect(answer.status, seen(answer)).toBe(200);
        expect(JSON.parse(answer.text)).toMatchObject({ origin: "fine", path: "/x" });
        expect(answer.headers["x-heddle-service"], seen(answer)).toBe("spare");
      }
    },
  );

  it("does not ask another service with a request that may have been carried out", async () => {
    const answer = await ask(edge, "/", { host: "other-when-hung.test", method: "POST", body: "once" });
    expect(answer.status, seen(answer)).toBe(504);
    expect(answer.headers["x-heddle-service"]).toBe("other-when-hung");
  });

  it("stale gives the last good answer, and says so", async () => {
    const answer = await ask(edge, "/", { host: "stale.test" });
    expect(answer.status, seen(answer)).toBe(200);
    expect(answer.text).toBe("good /");
    expect(answer.headers).toMatchObject({
      "content-type": "text/plain",
      "x-kept": "yes",
      "x-heddle-fallback": "stale",
    });
    expect(answer.headers["cache-status"]).toContain("heddle; hit");
    expect(Number(answer.headers.age)).toBeLessThan(60);
    const head = await ask(edge, "/", { host: "stale.test", method: "HEAD" });
    expect([head.status, head.text], seen(head)).toEqual([200, ""]);
  });

  it.each([
    ["that was private", "/private", {}],
    ["that was never given", "/other", {}],
    ["to a request with a cookie", "/", { cookie: "who=me" }],
    ["to a request with credentials", "/", { authorization: "Basic bWU6aW4=" }],
  ])("stale does not give an answer %s", async (_, path, headers) => {
    const answer = await ask(edge, path, { host: "stale.test", headers });
    expect(answer.status, seen(answer)).toBe(503);
  });

  it("stale does not give an answer older than it may be", async () => {
    await new Promise((wake) => setTimeout(wake, 1_100));
    const answer = await ask(edge, "/", { host: "stale-briefly.test" });
    expect(answer.status, seen(answer)).toBe(503);
  });

  it("a fixed response is given as it is", async () => {
    const answer = await ask(edge, "/", { host: "fixed.test" });
    expect([answer.status, answer.text], seen(answer)).toEqual([418, "later, please"]);
    expect(answer.headers).toMatchObject({ "x-why": "tired", "x-heddle-fallback": "response" });
  });

  it("takes the fallbacks in their order", async () => {
    const stale = await ask(edge, "/", { host: "chain.test" });
    expect([stale.status, stale.text], seen(stale)).toEqual([200, "good /"]);
    const fixed = await ask(edge, "/unknown", { host: "chain.test" });
    expect([fixed.status, fixed.text], seen(fixed)).toEqual([200, "sorry"]);
  });
});
