import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
afterAll(own.close);

const ZIPPED = gzipSync("hello ".repeat(1_000));
const TOKEN = "let-me-see";

describe("answers of the mesh itself", () => {
  let edge: Edge;
  let last: IncomingMessage | undefined;

  beforeAll(async () => {
    const origin = await own.origin("shop", {
      onRequest: (request) => {
        last = request;
      },
    });
    const zipped = await own.origin("zipped", {
      respond: (_, response) => {
        response.writeHead(200, { "content-encoding": "gzip", "content-length": ZIPPED.length }).end(ZIPPED);
      },
    });
    const direct = (directResponse: object) => ({ filters: [{ type: "DirectResponse", directResponse } as const] });
    const fault = (faultInjection: object) => ({
      filters: [{ type: "FaultInjection", faultInjection } as const],
      backendRefs: [{ service: "shop" }],
    });
    edge = await own.edge(
      rulesByPath(
        { shop: serviceOf([origin]), zipped: serviceOf([zipped]) },
        {
          "/hello": direct({ headers: { "Content-Type": "text/plain", "x-one": "1" }, body: "Grüße" }),
          "/nothing": direct({ status: 204, body: "lost" }),
          "/backend": {
            backendRefs: [
              { service: "shop", filters: [{ type: "DirectResponse", directResponse: { status: 418, body: "tea" } }] },
            ],
          },
          "/invalid": {
            backendRefs: [
              { service: "shop", weight: 3 },
              { invalid: "RefNotPermitted: no grant", weight: 1 },
            ],
          },
          "/through": {
            filters: [
              { type: "ResponseHeaderModifier", responseHeaderModifier: { set: [{ name: "x-a", value: "1" }] } },
            ],
            backendRefs: [{ service: "zipped" }],
          },
          "/delayed": fault({ delay: { duration: "300ms", percent: 100 } }),
          "/aborted": fault({ abort: { status: 503, percent: 100 } }),
          "/both": fault({ delay: { duration: "200ms", percent: 100 }, abort: { status: 429, percent: 100 } }),
          "/sometimes": fault({ abort: { status: 500, percent: 30 } }),
          "/never": fault({ delay: { duration: "1m", percent: 0 }, abort: { status: 500, percent: 0 } }),
          "/asked": fault({ byHeader: true }),
          "/closed": fault({ abort: { status: 500, percent: 0 } }),
        },
      ),
      { dev: false, bindings: { HEDDLE_DEBUG_TOKEN: TOKEN } },
    );
  });

  it("are sent as they are configured", async () => {
    const answer = await ask(edge, "/hello");
    expect([answer.status, answer.text, answer.headers["x-one"]]).toEqual([200, "Grüße", "1"]);
    expect(answer.headers["content-type"]).toBe("text/plain");
    const head = await ask(edge, "/hello", { method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
    const posted = await ask(edge, "/hello", { method: "POST", body: "x".repeat(100_000) });
    expect([posted.status, posted.text]).toEqual([200, "Grüße"]);
  });

  it("have no body where the status has none", async () => {
    const answer = await ask(edge, "/nothing");
    expect([answer.status, answer.text]).toEqual([204, ""]);
  });

  it("may be one backend's", async () => {
    const answer = await ask(edge, "/backend");
    expect([answer.status, answer.text]).toEqual([418, "tea"]);
  });

  it("are errors for the share of a backend that cannot be used", async () => {
    let failed = 0;
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(Array.from({ length: 40 }, () => ask(edge, "/invalid")));
      failed += answers.filter(({ status }) => status === 500).length;
    }
    // Binomial, n = 400, p = 1/4: five standard deviations are 43.
    expect(Math.abs(failed - 100)).toBeLessThan(43);
  });

  it("leave an endpoint's as it is, but for its headers: encoding, length, no body to HEAD", async () => {
    const answer = await ask(edge, "/through", { headers: { "accept-encoding": "gzip" } });
    expect([answer.headers["content-encoding"], answer.headers["x-a"]]).toEqual(["gzip", "1"]);
    expect(answer.body.equals(ZIPPED)).toBe(true);
    const head = await ask(edge, "/through", { method: "HEAD", headers: { "accept-encoding": "gzip" } });
    expect([head.headers["content-length"], head.headers["x-a"], head.text]).toEqual([String(ZIPPED.length), "1", ""]);
  });

  it("are held up by a delay, as the endpoint's are", async () => {
    const answer = await ask(edge, "/delayed");
    expect(answer.status).toBe(200);
    expect(answer.headMs).toBeGreaterThan(290);
  });

  it("are the fault that is injected", async () => {
    last = undefined;
    const answer = await ask(edge, "/aborted");
    expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([503, "FI"]);
    const both = await ask(edge, "/both");
    expect(both.status).toBe(429);
    expect(both.headMs).toBeGreaterThan(190);
    expect(last).toBeUndefined();
    expect((await ask(edge, "/never")).status).toBe(200);
  });

  it("are faults as often as asked for", async () => {
    let failed = 0;
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(Array.from({ length: 40 }, () => ask(edge, "/sometimes")));
      failed += answers.filter(({ status }) => status === 500).length;
    }
    // Binomial, n = 400, p = 0.3: five standard deviations are 46.
    expect(Math.abs(failed - 120)).toBeLessThan(46);
  });

  it.each([
    ["an abort", "/asked", { "x-heddle-fault-abort": "507", "x-heddle-debug": TOKEN }, 507, 0],
    ["a delay", "/asked", { "x-heddle-fault-delay-ms": "200", "x-heddle-debug": TOKEN }, 200, 190],
    ["nothing without the token", "/asked", { "x-heddle-fault-abort": "507" }, 200, 0],
    ["nothing with a wrong token", "/asked", { "x-heddle-fault-abort": "507", "x-heddle-debug": "x" }, 200, 0],
    [
      "nothing where the rule says nothing of it",
      "/closed",
      { "x-heddle-fault-abort": "507", "x-heddle-debug": TOKEN },
      200,
      0,
    ],
    [
      "nothing out of bounds",
      "/asked",
      { "x-heddle-fault-delay-ms": "60001", "x-heddle-fault-abort": "200", "x-heddle-debug": TOKEN },
      200,
      0,
    ],
  ] as const)("may be asked for by a header: %s", async (_, path, headers, status, leastMs) => {
    const answer = await ask(edge, path, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headMs).toBeGreaterThanOrEqual(leastMs);
    expect(answer.headMs).toBeLessThan(5_000);
  });
});
