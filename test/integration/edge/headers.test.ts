import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask, askRaw, valuesOf } from "../harness/ask.ts";
import { endpoints, meshOf, servicesByHost } from "../harness/configs.ts";
import { onRequestHead } from "../harness/raw-origin.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(own.close);

const RAW_ANSWER = [
  "HTTP/1.1 200 OK",
  "content-length: 2",
  "connection: keep-alive, x-only-here",
  "keep-alive: timeout=60",
  "x-only-here: 1",
  "proxy-authenticate: Basic",
  "x-stays: 1",
  "",
  "ok",
].join("\r\n");

describe("headers", () => {
  let edge: Edge;
  let last: IncomingMessage;
  let rawHead = "";

  beforeAll(async () => {
    const echo = await own.origin("echo", {
      onRequest: (request) => {
        last = request;
      },
    });
    const raw = await own.rawOrigin("raw", (socket) =>
      onRequestHead(socket, (head) => {
        rawHead = head;
        socket.write(RAW_ANSWER);
      }),
    );
    const services = {
      echo: `endpoints: ${endpoints([echo], 'headers: { x-key: "secret", x-mine: endpoint }')}`,
      raw: `endpoints: ${endpoints([raw])}`,
    };
    edge = await own.edge(servicesByHost(services, "edge: { forwarded: replace }"));
  });

  async function sentOn(headers: Record<string, string>, host = "echo.test"): Promise<IncomingHttpHeaders> {
    const answer = await ask(edge, "/", { host, headers });
    expect(answer.status, answer.text).toBe(200);
    return last.headers;
  }

  it("of one hop are not handed on to the endpoint, nor those that Connection names", async () => {
    await askRaw(
      edge,
      [
        "GET / HTTP/1.1",
        "host: raw.test",
        "connection: keep-alive, X-Named, te",
        "keep-alive: timeout=5",
        "x-named: 1",
        "te: trailers",
        "proxy-connection: keep-alive",
        "proxy-authorization: Basic x",
        "x-stays: 1",
        "",
        "",
      ].join("\r\n"),
    );
    const names = rawHead
      .split("\r\n")
      .slice(1)
      .map((line) => line.slice(0, line.indexOf(":")).toLowerCase());
    expect(names).toContain("x-stays");
    for (const name of ["x-named", "keep-alive", "te", "proxy-connection", "proxy-authorization"]) {
      expect(names, rawHead).not.toContain(name);
    }
  });

  it("of one hop are not handed on to the downstream, nor those that Connection names", async () => {
    const received = (await askRaw(edge, "GET / HTTP/1.1\r\nhost: raw.test\r\n\r\n")).toLowerCase();
    expect(received).toContain("x-stays: 1");
    for (const name of ["x-only-here", "keep-alive: timeout", "proxy-authenticate"]) {
      expect(received).not.toContain(name);
    }
  });

  it("say where a request came from, whatever it says itself", async () => {
    const headers = await sentOn({
      "x-forwarded-for": "1.2.3.4",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      forwarded: "for=1.2.3.4",
    });
    expect(headers["x-forwarded-for"]).not.toContain("1.2.3.4");
    expect(headers["x-forwarded-host"]).toBe("echo.test");
    expect(headers["x-forwarded-proto"]).toBe("http");
    expect(headers.forwarded).toMatch(/^for=[^,]*;host="echo\.test";proto=http$/);
    expect(headers.forwarded).not.toContain("1.2.3.4");
    expect(headers.via).toBe("1.1 heddle");
  });

  it("of ours that an endpoint believes cannot be forged by the downstream", async () => {
    const headers = await sentOn({ "x-heddle-timeout-ms": "999999" });
    expect(Number(headers["x-heddle-timeout-ms"])).toBeGreaterThan(0);
    expect(Number(headers["x-heddle-timeout-ms"])).toBeLessThan(60_000);
  });

  it("nor with a body that streams", async () => {
    const answer = await ask(edge, "/", {
      host: "echo.test",
      method: "POST",
      body: Buffer.alloc(100_000),
      headers: { "x-heddle-timeout-ms": "999999" },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(last.headers["x-heddle-timeout-ms"]).not.toBe("999999");
  });

  it("of an endpoint's config are set, over the downstream's", async () => {
    const headers = await sentOn({ "x-key": "guess", "x-other": "kept" });
    expect(headers).toMatchObject({ "x-key": "secret", "x-mine": "endpoint", "x-other": "kept" });
  });

  it("that are many and large pass both ways", async () => {
    const value = "v".repeat(3_000);
    const many = Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`x-large-${at}`, value]));
    const headers = await sentOn(many);
    expect(headers).toMatchObject(many);
  });

  it("stop a request that comes round again: a mesh that points at itself answers 508", async () => {
    const { port } = edge;
    const looping = await own.edge(
      servicesByHost({ loop: `endpoints: ${endpoints([{ name: "self", url: `http://127.0.0.1:${port}` }])}` }),
    );
    // The second edge calls the first, which has no route for it: an ordinary 404 with Via appended once.
    const once = await ask(looping, "/", { host: "loop.test" });
    expect(once.status, once.text).toBe(404);
    const itself = await own.edge(
      servicesByHost({
        round: `endpoints: ${endpoints([{ name: "self", url: "http://127.0.0.1:1" }])}`,
      }),
    );
    const mesh = `services: { round: { endpoints: [{ id: self, url: "${itself.url}" }] } }
routes: [{ rules: [{ backendRefs: [{ service: round }] }] }]`;
    await itself.putMesh(await meshOf(mesh));
    const answer = await ask(itself, "/", { host: "anything.test" });
    expect([answer.status, answer.headers["content-type"]], answer.text).toEqual([508, "application/problem+json"]);
    expect(JSON.parse(answer.text)).toMatchObject({ flag: "LR" });
  });

  it("named Set-Cookie stay as many as they were", async () => {
    const baker = await own.origin("baker", {
      respond: (_, response) => response.writeHead(200, { "set-cookie": ["a=1; Path=/", "b=2; Secure", "c=3"] }).end(),
    });
    const other = await own.edge(servicesByHost({ baker: `endpoints: ${endpoints([baker])}` }));
    const answer = await ask(other, "/", { host: "baker.test" });
    expect(valuesOf(answer.rawHeaders, "set-cookie")).toEqual(["a=1; Path=/", "b=2; Secure", "c=3"]);
  });
});
