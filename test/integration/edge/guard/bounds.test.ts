/** Bounds on real workerd, by requests that no client library makes: endless bodies, slow ones, hundreds of headers. */
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
/** Far more than anything here takes. */
const PATIENCE_MS = 20_000;

interface Seen {
  readonly request: IncomingMessage;
  bytes: number;
  isWhole: boolean;
}

describe("bounds", () => {
  let edge: Edge;
  let seen: Seen[] = [];

  beforeAll(async () => {
    const origin = await own.origin("shop", {
      onRequest: (request) => {
        const one: Seen = { request, bytes: 0, isWhole: false };
        seen.push(one);
        request.on("data", (chunk: Buffer) => {
          one.bytes += chunk.length;
        });
        request.on("end", () => {
          one.isWhole = true;
        });
        request.on("error", () => {});
      },
      respond: (request, response) => {
        request.on("end", () => response.end("done"));
        request.resume();
      },
    });
    const to = { backendRefs: [{ service: "shop" }] };
    edge = await own.edge(
      rulesByPath(
        { shop: serviceOf([origin]) },
        {
          "/": { ...to, bounds: {} },
          "/free": to,
          "/small": { ...to, bounds: { maxBodyBytes: 200_000, bodyGrace: "30s" } },
          "/slow": { ...to, bounds: { bodyGrace: "500ms", minBodyRate: 1_000_000 } },
          "/late": { ...to, bounds: { bodyTimeout: "700ms", minBodyRate: 0 } },
          "/strict": {
            ...to,
            bounds: {
              methods: ["GET"],
              ambiguousPaths: "refuse",
              emptyUserAgent: "refuse",
              deniedUserAgents: ["Evil(Bot"],
              deniedPaths: [{ value: "/strict/Internal" }, { type: "Exact", value: "/strict/one" }],
            },
          },
          "/trial": { ...to, bounds: { dryRun: true, methods: ["GET"], maxBodyBytes: 10 } },
        },
      ),
    );
    await ask(edge, "/free");
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(own.close);

  it("let what is usual pass", async () => {
    expect(await ask(edge, "/shop?a=1", { method: "POST", body: "hello" })).toMatchObject({ status: 200 });
    expect(seen[0]).toMatchObject({ bytes: 5, isWhole: true });
    expect((await ask(edge, "/.well-known/security.txt")).status).toBe(200);
  });

  it("are explained by the head of a request", async () => {
    const boundsOf = async (path: string, more = "") => {
      const { text } = await ask(edge, `/.heddle/explain?url=${encodeURIComponent(`http://any.test${path}`)}${more}`);
      return JSON.parse(text).bounds;
    };
    expect(await boundsOf("/free")).toBeNull();
    expect(await boundsOf("/x")).toEqual({ beyond: null, dryRun: false });
    expect(await boundsOf("/x/.git/config")).toEqual({ beyond: "path", dryRun: false });
    expect(await boundsOf("/trial", "&method=PUT")).toEqual({ beyond: "method", dryRun: true });
  });

  it("refuse methods with 405, and say which there are", async () => {
    const answer = await ask(edge, "/strict", { method: "PUT" });
    expect(answer.status).toBe(405);
    expect(answer.headers).toMatchObject({ allow: "GET", "x-heddle-flags": "DPE" });
    expect(seen).toEqual([]);
  });

  it("refuse long URLs with 414", async () => {
    expect((await ask(edge, `/x?${"a".repeat(8_200)}`)).status).toBe(414);
    expect((await ask(edge, `/free?${"a".repeat(8_200)}`)).status).toBe(200);
  });

  it.each([
    ["hundreds of headers", Array.from({ length: 300 }, (_, n) => `x-h-${n}: 1`)],
    ["headers of 60 kB", Array.from({ length: 8 }, (_, n) => `x-h-${n}: ${"v".repeat(7_500)}`)],
  ])("refuse %s with 431", async (_, headers) => {
    expect(await raw(["GET /x HTTP/1.1", ...headers])).toMatch(/^HTTP\/1\.1 431 .*x-heddle-flags: DPE/s);
    expect(seen).toEqual([]);
    // What an origin makes of it is its own affair: Node.js has a bound of its own.
    expect(await raw(["GET /free HTTP/1.1", ...headers])).not.toContain("DPE");
  });

  it.each(["/.git/config", "/%2egit/config", "//.git", "/a/.ENV", "/a/%2e%67it", "/a;b/..%2f.git"])(
    "deny %s, however it is spelt",
    async (path) => {
      expect(await raw([`GET ${path} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 40[03] /);
      expect(seen).toEqual([]);
    },
  );

  it.each(["/public/..;/admin", "/public/..;x=1/admin", "/public%2F..%2Fadmin", "/public/%252e%252e/admin"])(
    "refuse %s, which climbs for some origins, with 400",
    async (path) => {
      expect(await raw([`GET ${path} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 400 /);
      expect(await raw([`GET /free${path} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 200 /);
      expect(seen).toHaveLength(1);
    },
  );

  it("let parameters and encoded slashes pass that go nowhere, unless they are refused", async () => {
    for (const path of ["a;v=1/b", "a%2Fb", "100%25"]) {
      expect(await raw([`GET /${path} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 200 /);
      expect(await raw([`GET /strict/${path} HTTP/1.1`, "user-agent: x"])).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it("deny paths by element and in any case, and user agents by what they contain", async () => {
    const statusOf = async (path: string, agent: string) =>
      Number((await raw([`GET ${path} HTTP/1.1`, ...(agent === "" ? [] : [`user-agent: ${agent}`])])).slice(9, 12));
    expect(await statusOf("/strict/internal/x", "x")).toBe(403);
    expect(await statusOf("/strict/INTERNAL", "x")).toBe(403);
    expect(await statusOf("/strict/internals", "x")).toBe(200);
    expect(await statusOf("/strict/one", "x")).toBe(403);
    expect(await statusOf("/strict/one/two", "x")).toBe(200);
    expect(await statusOf("/strict/two", "Mozilla evil(bot/1.0")).toBe(403);
    expect(await statusOf("/strict/two", "")).toBe(403);
  });

  it("refuse a body that says it is too large before any of it is read", async () => {
    const answer = await raw(["POST /small HTTP/1.1", "content-length: 200001"]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(seen).toEqual([]);
  });

  it("cut a chunked body that turns out too large, and no endpoint takes it for whole", async () => {
    const answer = await raw(["POST /small HTTP/1.1", "transfer-encoding: chunked"], tooMuch);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(seen.every(({ isWhole }) => !isWhole)).toBe(true);
    expect((await ask(edge, "/small", { method: "POST", body: "x".repeat(150_000) })).status).toBe(200);
    expect(seen.at(-1)).toMatchObject({ bytes: 150_000, isWhole: true });
  });

  it("end a body that drips with 408 before an endpoint is asked", async () => {
    const answer = await raw(["POST /slow HTTP/1.1", "content-length: 1000"], endless(1, 50));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(seen).toEqual([]);
  });

  it("end a large body that stops on the way with 408, and no endpoint takes it for whole", async () => {
    const head = ["POST /slow HTTP/1.1", "content-length: 5000000"];
    const answer = await raw(head, (socket) => void socket.write(Buffer.alloc(300_000)));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(seen.every(({ isWhole }) => !isWhole)).toBe(true);
  });

  it("end a body that does not end in time, however quick it is", async () => {
    const answer = await raw(["POST /late HTTP/1.1", "transfer-encoding: chunked"], endless(10, 50));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("say what they would do while on trial, and do nothing", async () => {
    const answer = await ask(edge, "/trial", { method: "POST", body: "more than ten bytes" });
    expect(answer.status).toBe(200);
    expect(seen[0]).toMatchObject({ isWhole: true });
  });

  it("do not hold endpoints to account for what callers did", async () => {
    for (let n = 0; n < 5; n += 1) await raw(["POST /small HTTP/1.1", "transfer-encoding: chunked"], tooMuch);
    const answer = await ask(edge, "/free", { headers: { "x-heddle-debug": "1" } });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers["x-heddle-attempts"]).toBe("shop:ok");
  });

  /** More than is let in, and then no end: a caller that goes on writing may lose the answer with the connection. */
  const tooMuch = (socket: Socket): void => {
    for (let n = 0; n < 5; n += 1) socket.write(`fa00\r\n${"a".repeat(64_000)}\r\n`);
  };

  /** Writes chunks for ever, with so many ms between them. */
  const endless =
    (bytes: number, everyMs = 1) =>
    (socket: Socket): void => {
      const isChunked = bytes !== 1;
      const chunk = isChunked
        ? Buffer.concat([Buffer.from(`${bytes.toString(16)}\r\n`), Buffer.alloc(bytes, 97), Buffer.from("\r\n")])
        : Buffer.from("a");
      const timer = setInterval(() => socket.writable && socket.write(chunk), everyMs);
      socket.once("close", () => clearInterval(timer));
    };

  /** The answer's head and what came with it, to a head and whatever `write` adds; "" when there was none. */
  function raw(head: readonly string[], write?: (socket: Socket) => void): Promise<string> {
    const { hostname, port } = new URL(edge.url);
    return new Promise((resolve) => {
      const socket = connect(Number(port), hostname);
      let text = "";
      const end = () => {
        clearTimeout(patience);
        socket.destroy();
        resolve(text);
      };
      const patience = setTimeout(end, PATIENCE_MS);
      socket.on("data", (data) => {
        text += data.toString("latin1");
        if (text.includes("\r\n\r\n")) end();
      });
      socket.on("error", end);
      socket.on("close", end);
      socket.write(`${[...head, "host: shop.test", "connection: close"].join("\r\n")}\r\n\r\n`);
      write?.(socket);
    });
  }
});
