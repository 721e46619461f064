import type { IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";

const DEBUG = "debug-token-1";
const OPERATOR = "operator-token-1";

const own = createResources();
afterAll(own.close);

const ours = (headers: IncomingHttpHeaders) => Object.keys(headers).filter((name) => name.startsWith("x-heddle-"));

describe("an edge that is not in dev mode", () => {
  let edge: Edge;
  let lastHeaders: IncomingHttpHeaders = {};

  beforeAll(async () => {
    const origin = await own.origin("aws", {
      onRequest: ({ headers }) => {
        lastHeaders = headers;
      },
    });
    const config = servicesByHost({
      shop: `endpoints: ${endpoints([origin])}`,
      dead: `endpoints: [{ id: secret-name, url: "http://127.0.0.1:1" }]`,
    });
    const bindings = { HEDDLE_DEBUG_TOKEN: DEBUG, HEDDLE_OPERATOR_TOKEN: OPERATOR };
    edge = await own.edge(config, { dev: false, bindings });
  });

  it("shows nobody how a request was routed", async () => {
    const answer = await ask(edge, "/", { host: "shop.test" });
    expect([answer.status, ours(answer.headers)]).toEqual([200, []]);
  });

  it("shows it to the holder of the debug token, whom the endpoint does not get to know", async () => {
    const answer = await ask(edge, "/", { host: "shop.test", headers: { "x-heddle-debug": DEBUG } });
    expect(answer.headers).toMatchObject({
      "x-heddle-endpoint": "aws",
      "x-heddle-attempts": "aws:ok",
      "x-heddle-route": "to-shop",
      "x-heddle-service": "shop",
    });
    expect(answer.headers["x-heddle-snapshot-age-ms"]).toMatch(/^(\d+|none)$/);
    expect(lastHeaders["x-heddle-debug"]).toBeUndefined();
  });

  it.each(["wrong", "", `${DEBUG}x`, OPERATOR])("does not show it for the token %j", async (token) => {
    const answer = await ask(edge, "/", { host: "shop.test", headers: { "x-heddle-debug": token } });
    expect([answer.status, ours(answer.headers)]).toEqual([200, []]);
  });

  it("says of a failure no more than status, flag and request id", async () => {
    const answer = await ask(edge, "/", { host: "dead.test", headers: { "x-request-id": "abc-1" } });
    expect(answer.status).toBe(503);
    expect(ours(answer.headers)).toEqual(["x-heddle-flags"]);
    expect(Object.keys(JSON.parse(answer.text) as object).sort()).toEqual([
      "flag",
      "requestId",
      "status",
      "title",
      "type",
    ]);
    expect(JSON.stringify([answer.text, answer.rawHeaders])).not.toMatch(/secret-name|127\.0\.0\.1/);
  });

  it("does not take a request id that could forge a log line", async () => {
    const answer = await ask(edge, "/", { host: "dead.test", headers: { "x-request-id": 'a" injected="1' } });
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ["GET", "/.heddle/state"],
    ["GET", "/.heddle/explain?url=http://shop.test/"],
    ["PUT", "/.heddle/mesh"],
  ])("answers %s %s with 401 without a token, and with a wrong one", async (method, path) => {
    const body = method === "PUT" ? { body: "{}" } : {};
    for (const headers of [{}, { authorization: "Bearer nope" }, { authorization: `Basic ${OPERATOR}` }]) {
      const answer = await ask(edge, path, { method, headers, ...body });
      expect(answer.status, answer.text).toBe(401);
      expect(answer.headers["www-authenticate"]).toContain("Bearer");
    }
  });

  it("lets the debug token read and not change", async () => {
    const headers = { authorization: `Bearer ${DEBUG}` };
    expect((await ask(edge, "/.heddle/state", { headers })).status).toBe(200);
    expect((await ask(edge, "/.heddle/mesh", { headers, method: "PUT", body: "{}" })).status).toBe(401);
  });

  it("lets the operator read and change", async () => {
    const headers = { authorization: `Bearer ${OPERATOR}` };
    expect((await ask(edge, "/.heddle/state", { headers })).status).toBe(200);
    // Let in, and told that this is no mesh.
    expect((await ask(edge, "/.heddle/mesh", { headers, method: "PUT", body: "{}" })).status).toBe(422);
  });

  it("tells anyone that it is ready", async () => {
    const answer = await ask(edge, "/.heddle/ready");
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { ready: true }]);
  });
});

describe("explain", () => {
  let edge: Edge;

  beforeAll(async () => {
    const aws = await own.origin("aws");
    const gcp = await own.origin("gcp", { fault: { refuse: true } });
    edge = await own.edge(`
services:
  shop:
    endpoints: ${endpoints([aws, gcp])}
    loadBalancing: { policy: round-robin }
    circuitBreaker: { localConsecutiveFailures: 1, localBase: 60s, localMax: 60s }
  beta: { endpoints: ${endpoints([aws])} }
routes:
  - name: front
    hostnames: [shop.test]
    rules:
      - name: testers
        matches: [{ headers: [{ name: X-Beta, value: "yes" }] }]
        backendRefs: [{ service: beta }]
      - name: everyone
        backendRefs: [{ service: shop, weight: 3 }, { service: beta, weight: 1 }]
`);
    for (let round = 0; round < 12; round++) await ask(edge, "/", { host: "shop.test" });
  });

  interface Explained {
    readonly route: { readonly name: string; readonly rule: string } | null;
    readonly backends: readonly {
      readonly service: string;
      readonly share: number;
      readonly likeliest: string;
      readonly why: string;
      readonly candidates: readonly {
        readonly id: string;
        readonly available: boolean;
        readonly reason: string;
        readonly probability: number;
      }[];
    }[];
  }

  async function explain(query: string): Promise<Explained> {
    const answer = await ask(edge, `/.heddle/explain?${query}`);
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text) as Explained;
  }

  it("says which route, which backends with which share, and why which endpoint", async () => {
    const { route, backends } = await explain("url=http://shop.test/x");
    expect(route).toEqual({ name: "front", rule: "everyone" });
    expect(backends.map(({ service, share }) => [service, share])).toEqual([
      ["shop", 0.75],
      ["beta", 0.25],
    ]);
    const shop = backends[0]!;
    expect(shop.likeliest).toBe("aws");
    expect(shop.why).toContain("only endpoint");
    const [aws, gcp] = shop.candidates;
    expect([aws!.available, aws!.probability]).toEqual([true, 1]);
    expect([gcp!.available, gcp!.probability]).toEqual([false, 0]);
    expect(gcp!.reason).not.toBe("");
  });

  it("looks at method and headers as routing does", async () => {
    const { route, backends } = await explain("url=http://shop.test/x&method=POST&header=x-beta:%20yes");
    expect(route).toEqual({ name: "front", rule: "testers" });
    expect(backends.map(({ service }) => service)).toEqual(["beta"]);
  });

  it("says when no route matches, and what it cannot read", async () => {
    expect((await explain("url=http://other.test/")).route).toBeNull();
    for (const query of [
      "",
      "url=shop.test",
      "url=http://shop.test/&header=nocolon",
      "url=http://shop.test/&method=%20",
    ]) {
      const answer = await ask(edge, `/.heddle/explain?${query}`);
      expect(answer.status, `${query}: ${answer.text}`).toBe(400);
    }
  });

  it("changes nothing", async () => {
    const before = await explain("url=http://shop.test/");
    for (let round = 0; round < 20; round++) await explain("url=http://shop.test/");
    const after = await explain("url=http://shop.test/");
    const chances = ({ backends }: Explained) => backends[0]!.candidates.map(({ probability }) => probability);
    expect(chances(after)).toEqual(chances(before));
  });
});
