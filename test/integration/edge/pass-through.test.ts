import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(own.close);

const ZIPPED = gzipSync("hello ".repeat(1_000));
const requests: string[] = [];

function respond(request: IncomingMessage, response: ServerResponse): void {
  requests.push(`${request.method} ${request.url}`);
  switch (request.url) {
    case "/moved":
      response.writeHead(302, { location: "http://elsewhere.example/x" }).end();
      break;
    case "/no-content":
      response.writeHead(204, { "x-status": "204" }).end();
      break;
    case "/not-modified":
      response.writeHead(304, { etag: '"v1"' }).end();
      break;
    case "/gzip":
      response.writeHead(200, { "content-encoding": "gzip", "content-length": ZIPPED.length }).end(ZIPPED);
      break;
    case "/partial":
      response.writeHead(206, { "content-range": "bytes 0-4/10", "content-length": 5 }).end("01234");
      break;
    case "/options":
      response.writeHead(200, { allow: "GET, HEAD", "content-length": 0 }).end();
      break;
    default:
      response.writeHead(200, { "content-length": 5, etag: '"v1"' }).end(request.method === "HEAD" ? "" : "12345");
  }
}

describe("answers", () => {
  let edge: Edge;

  beforeAll(async () => {
    const origin = await own.origin("aws", { respond });
    edge = await own.edge(servicesByHost({ shop: `endpoints: ${endpoints([origin])}` }));
  });

  const get = (path: string, headers: Record<string, string> = {}) => ask(edge, path, { host: "shop.test", headers });

  it("that redirect are passed on, not followed", async () => {
    const answer = await get("/moved");
    expect([answer.status, answer.headers.location]).toEqual([302, "http://elsewhere.example/x"]);
  });

  it("to HEAD have the length and no body", async () => {
    const answer = await ask(edge, "/", { host: "shop.test", method: "HEAD" });
    expect([answer.status, answer.headers["content-length"], answer.text]).toEqual([200, "5", ""]);
    expect(requests.at(-1)).toBe("HEAD /");
  });

  it("to OPTIONS come from the endpoint", async () => {
    const answer = await ask(edge, "/options", { host: "shop.test", method: "OPTIONS" });
    expect([answer.status, answer.headers.allow, answer.text]).toEqual([200, "GET, HEAD", ""]);
    expect(requests.at(-1)).toBe("OPTIONS /options");
  });

  it.each([
    ["/no-content", 204],
    ["/not-modified", 304],
  ])("without a body stay so: %s", async (path, status) => {
    const answer = await get(path);
    expect([answer.status, answer.text, answer.complete], String(answer.rawHeaders)).toEqual([status, "", true]);
    if (status === 304) expect(answer.headers.etag).toBe('"v1"');
  });

  it("that are encoded are not touched", async () => {
    const answer = await get("/gzip", { "accept-encoding": "gzip" });
    expect(answer.headers["content-encoding"]).toBe("gzip");
    expect(answer.headers["content-length"]).toBe(String(ZIPPED.length));
    expect(Buffer.compare(answer.body, ZIPPED)).toBe(0);
    expect(gunzipSync(answer.body).toString()).toBe("hello ".repeat(1_000));
  });

  it("in part keep their range", async () => {
    const answer = await get("/partial", { range: "bytes=0-4" });
    expect([answer.status, answer.headers["content-range"], answer.text]).toEqual([206, "bytes 0-4/10", "01234"]);
  });

  it.each(["GET", "POST", "PUT", "PATCH", "DELETE"])(
    "to %s come from a request with the same method",
    async (method) => {
      const body = method === "GET" ? {} : { body: "x" };
      const answer = await ask(edge, `/${method}`, { host: "shop.test", method, ...body });
      expect(answer.status).toBe(200);
      expect(requests.at(-1)).toBe(`${method} /${method}`);
    },
  );

  it("for a host that no route has are 404 NR", async () => {
    const answer = await ask(edge, "/", { host: "nowhere.test" });
    expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([404, "NR"]);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 404, flag: "NR" });
  });
});
