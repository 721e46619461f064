import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { type Answer, ask, valuesOf } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
afterAll(own.close);

/** The CORS headers of an answer, and Vary. */
const said = ({ headers }: Answer) =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith("access-control-") || name === "vary")
      .map(([name, value]) => [name.replace("access-control-", ""), value]),
  );

describe("CORS", () => {
  let edge: Edge;
  const asked: string[] = [];

  beforeAll(async () => {
    const origin = await own.origin("shop", {
      onRequest: ({ method, url }: IncomingMessage) => asked.push(`${method} ${url}`),
      respond: (_, response) => {
        response
          .writeHead(200, {
            "access-control-allow-origin": "https://theirs.example",
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "x-theirs",
            vary: "Accept-Encoding",
            "content-length": 2,
          })
          .end("ok");
      },
    });
    const dead = { name: "dead", url: "http://127.0.0.1:1" };
    const shared = (cors: object) => ({
      filters: [{ type: "CORS", cors } as const],
      backendRefs: [{ service: "shop" }],
    });
    edge = await own.edge(
      rulesByPath(
        { shop: serviceOf([origin]), dead: serviceOf([dead], { retry: { attempts: 0 } }) },
        {
          "/some": shared({
            allowOrigins: ["https://www.foo.com", "https://*.bar.com", "HTTPS://ports.com:443"],
            allowMethods: ["GET", "DELETE"],
            allowHeaders: ["x-one", "X-Two"],
            exposeHeaders: ["x-three"],
            allowCredentials: true,
            maxAge: 3_600,
          }),
          "/all": shared({ allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], exposeHeaders: ["*"] }),
          "/credentials": shared({
            allowOrigins: ["*"],
            allowMethods: ["*"],
            allowHeaders: ["*"],
            exposeHeaders: ["*", "x-three"],
            allowCredentials: true,
          }),
          "/dead": { ...shared({ allowOrigins: ["https://www.foo.com"] }), backendRefs: [{ service: "dead" }] },
        },
      ),
      { dev: false },
    );
  });

  const preflight = (path: string, origin: string, method = "DELETE", headers?: string) =>
    ask(edge, path, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": method,
        ...(headers !== undefined && { "access-control-request-headers": headers }),
      },
    });

  it("answers a preflight of an allowed origin by itself", async () => {
    const answer = await preflight("/some", "https://www.foo.com", "DELETE", "x-one");
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(said(answer)).toEqual({
      "allow-origin": "https://www.foo.com",
      "allow-credentials": "true",
      "allow-methods": "GET, DELETE",
      "allow-headers": "x-one, X-Two",
      "expose-headers": "x-three",
      "max-age": "3600",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
    expect(asked.filter((one) => one.startsWith("OPTIONS"))).toEqual([]);
  });

  it.each(["https://foobar.com", "https://bar.com", "https://www.foo.com.evil.example", "http://www.foo.com", "null"])(
    "tells a preflight of %s nothing, and asks no endpoint",
    async (origin) => {
      const answer = await preflight("/some", origin);
      expect(answer.status).toBe(204);
      expect(Object.keys(said(answer))).toEqual(["vary"]);
      expect(asked.filter((one) => one.startsWith("OPTIONS"))).toEqual([]);
    },
  );

  it.each(["https://a.bar.com", "https://a.b.bar.com", "https://ports.com"])("knows %s", async (origin) => {
    expect(said(await preflight("/some", origin))).toMatchObject({ "allow-origin": origin });
  });

  it("names what was asked for where everything is allowed", async () => {
    expect(said(await preflight("/all", "https://any.example:123", "PURGE", "x-one, x-two"))).toEqual({
      "allow-origin": "*",
      "allow-methods": "PURGE",
      "allow-headers": "x-one, x-two",
      "expose-headers": "*",
      "max-age": "5",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
    expect(said(await preflight("/all", "https://any.example", "PUT"))).not.toHaveProperty("allow-headers");
  });

  it("never answers a wildcard where credentials are allowed", async () => {
    const answer = await preflight("/credentials", "https://any.example", "PUT", "x-one");
    expect(said(answer)).toMatchObject({
      "allow-origin": "https://any.example",
      "allow-credentials": "true",
      "allow-methods": "PUT",
      "allow-headers": "x-one",
      "expose-headers": "x-three",
    });
  });

  it("replaces what the endpoint says, and tells caches that the origin matters", async () => {
    const answer = await ask(edge, "/some", { headers: { origin: "https://www.foo.com" } });
    expect(said(answer)).toEqual({
      "allow-origin": "https://www.foo.com",
      "allow-credentials": "true",
      "expose-headers": "x-three",
      vary: "Accept-Encoding, Origin",
    });
    expect(valuesOf(answer.rawHeaders, "access-control-allow-origin")).toHaveLength(1);
  });

  it.each([["https://foobar.com"], [undefined]])(
    "says nothing to origin %s, not even the endpoint's words",
    async (origin) => {
      const answer = await ask(edge, "/some", { headers: origin === undefined ? {} : { origin } });
      expect([answer.status, answer.text]).toEqual([200, "ok"]);
      expect(said(answer)).toEqual({ vary: "Accept-Encoding, Origin" });
    },
  );

  it("says the same to all where all are allowed", async () => {
    expect(said(await ask(edge, "/all"))).toEqual({
      "allow-origin": "*",
      "expose-headers": "*",
      vary: "Accept-Encoding",
    });
  });

  it("sends OPTIONS that is no preflight to the endpoint", async () => {
    const answer = await ask(edge, "/some", { method: "OPTIONS", headers: { origin: "https://www.foo.com" } });
    expect([answer.status, answer.text]).toEqual([200, "ok"]);
    expect(asked.at(-1)).toBe("OPTIONS /some");
  });

  it("lets pages read the mesh's own answers", async () => {
    const answer = await ask(edge, "/dead", { headers: { origin: "https://www.foo.com" } });
    expect(answer.status).toBe(503);
    expect(said(answer)).toEqual({ "allow-origin": "https://www.foo.com", vary: "Origin" });
  });
});
