/** Answers of every shape through rules that count requests and tell of it, from endpoints that want them signed. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { createHmacVerifier, receivedRequest, type Verdict } from "../../../../src/verify/index.ts";
import { ask } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";
import { talk, webSocketOrigin } from "../../harness/web-socket.ts";

const own = createResources();
afterAll(own.close);
const KEY = "hmac-0123456789abcdef0123456789abcdef";
const LIMIT = 50;

describe("through limits, from endpoints that want signatures", () => {
  let edge: Edge;
  let next: () => void = () => {};
  const verdicts: Promise<Verdict>[] = [];
  const verifier = createHmacVerifier({ keys: { edge: KEY } });

  beforeAll(async () => {
    const pages = await own.origin("pages", {
      respond: (request, response) => {
        verdicts.push(Promise.resolve(verifier.verify(receivedRequest(request, undefined, "http"))));
        if (request.url === "/pages/events") {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.flushHeaders();
          next = () => response.write("data: x\n\n");
        } else if (request.headers["if-none-match"] === '"1"') response.writeHead(304, { etag: '"1"' }).end();
        else response.writeHead(200, { "content-length": "5", etag: '"1"' }).end("hello");
      },
    });
    const echo = await own.rawOrigin("echo", (socket) =>
      webSocketOrigin(socket, (head) => {
        const [start, ...lines] = head.split("\r\n");
        const headers = Object.fromEntries(
          lines.filter(Boolean).map((line) => {
            const colon = line.indexOf(":");
            return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
          }),
        );
        const url = start!.split(" ")[1]!;
        verdicts.push(
          Promise.resolve(verifier.verify(receivedRequest({ method: "GET", url, headers }, undefined, "http"))),
        );
      }),
    );
    const signed = { credentials: ["hmac"] };
    const counted = (service: string) => ({
      backendRefs: [{ service }],
      rateLimits: [
        { limit: LIMIT, window: "1h", key: [] },
        { algorithm: "concurrency" as const, limit: 1, maxHold: "10m", key: [] },
      ],
    });
    edge = await own.edge(
      rulesByPath(
        { pages: serviceOf([pages], signed), echo: serviceOf([echo], signed) },
        { "/pages": counted("pages"), "/echo": counted("echo") },
        { credentials: { hmac: { type: "HMAC", keyId: "edge", key: { secret: "KEY" } } } },
      ),
      { bindings: { KEY } },
    );
  });

  it("HEAD keeps the length of what it is about", async () => {
    const answer = await ask(edge, "/pages/a", { method: "HEAD" });
    expect([answer.status, answer.headers["content-length"], answer.text]).toEqual([200, "5", ""]);
    expect(answer.headers["ratelimit-limit"]).toBe("1");
  });

  it("304 stays one", async () => {
    const answer = await ask(edge, "/pages/a", { headers: { "if-none-match": '"1"' } });
    expect([answer.status, answer.headers.etag, answer.text]).toEqual([304, '"1"', ""]);
    expect(answer.headers["ratelimit-policy"]).toContain(`q=${LIMIT};w=3600`);
  });

  it("events come one by one, and hold no place while they do", async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      httpRequest({ host: "127.0.0.1", port: edge.port, path: "/pages/events" }, resolve).on("error", reject).end(),
    );
    expect(response.headers["ratelimit-limit"]).toBe("1");
    const chunks = response[Symbol.asyncIterator]();
    for (let at = 0; at < 3; at += 1) {
      next();
      expect(String((await chunks.next()).value)).toBe("data: x\n\n");
    }
    expect((await ask(edge, "/pages/a")).status).toBe(200);
    response.destroy();
  });

  it("a WebSocket opens, both ways, and holds no place either", async () => {
    for (let round = 0; round < 2; round += 1) {
      const text = await talk(edge, "/echo", { host: "a.test" });
      expect(text).toMatch(/^HTTP\/1\.1 101 /);
      expect(text).toMatch(/^ratelimit-limit: 1\r$/im);
      expect(text).toContain("echo two");
    }
  });

  it("were all signed", async () => {
    expect(verdicts.length).toBeGreaterThanOrEqual(6);
    for (const verdict of await Promise.all(verdicts)) expect(verdict).toEqual({ ok: true, keyId: "edge" });
  });
});
