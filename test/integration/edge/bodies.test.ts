import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask, attemptsOf } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { growthMb } from "../harness/memory.ts";
import { createResources } from "../harness/resources.ts";

const MB = 1024 * 1024;
const BLOCK = randomBytes(64 * 1024);
/**
 * A body that is kept would grow the process by its size. What streams is bounded by socket buffers and pipes, a few MB
 * for each of two connections; V8 may put off collecting some tens of MB of chunks. Half of the body lies between.
 */
const BODY_MB = 100;
const MAX_GROWTH_MB = BODY_MB / 2;

const own = createResources();
afterAll(own.close);

function hashOf(megabytes: number): string {
  const hash = createHash("sha256");
  for (let at = 0; at < megabytes * 16; at++) hash.update(BLOCK);
  return hash.digest("hex");
}

function bodyOf(megabytes: number): Readable {
  let left = megabytes * 16;
  return Readable.from(
    (function* () {
      while (left-- > 0) yield BLOCK;
    })(),
  );
}

/** Answers with the hash of what came, or with a body of as many MB as the path says. */
function respond(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === "GET") {
    const megabytes = Number(request.url!.slice(1));
    response.writeHead(200, { "content-length": megabytes * MB });
    bodyOf(megabytes).pipe(response);
    return;
  }
  const hash = createHash("sha256");
  let bytes = 0;
  const { "content-length": length = "", "transfer-encoding": coding = "" } = request.headers;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  request.on("end", () => response.end(JSON.stringify({ bytes, hash: hash.digest("hex"), length, coding })));
}

interface Received {
  readonly bytes: number;
  readonly hash: string;
  readonly length: string;
  readonly coding: string;
}

describe("bodies", () => {
  let edge: Edge;

  beforeAll(async () => {
    const origin = await own.origin("aws", { respond });
    const dead = { name: "dead", url: "http://127.0.0.1:1" };
    edge = await own.edge(
      servicesByHost({
        store: `endpoints: ${endpoints([origin])}, timeouts: { request: 50s, backendRequest: 40s }`,
        brisk: `endpoints: ${endpoints([origin])}, timeouts: { request: 30s, backendRequest: 2s }`,
        half: `endpoints: [{ id: dead, url: "${dead.url}" }, { id: aws, url: "${origin.url}", priority: 1 }],
          failover: { mode: direct, priorities: strict }, loadBalancing: { policy: round-robin },
          circuitBreaker: { enabled: false }, outlierDetection: { enabled: false }, panicThreshold: 0,
          retry: { budget: { percent: 100 } }`,
      }),
    );
    await ask(edge, "/0", { host: "store.test" });
  });

  function upload(megabytes: number, headers: Record<string, string | number>): Promise<Received> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: "127.0.0.1", port: edge.port, method: "POST", headers: { host: "store.test", ...headers } },
        async (response) => {
          const text = (await response.toArray()).join("");
          if (response.statusCode === 200) resolve(JSON.parse(text) as Received);
          else reject(new Error(`${response.statusCode} ${text}`));
        },
      );
      sent.on("error", reject);
      bodyOf(megabytes).pipe(sent);
    });
  }

  async function download(megabytes: number): Promise<string> {
    const hash = createHash("sha256");
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      httpRequest(
        { host: "127.0.0.1", port: edge.port, path: `/${megabytes}`, headers: { host: "store.test" } },
        resolve,
      )
        .on("error", reject)
        .end(),
    );
    expect(response.headers["content-length"]).toBe(String(megabytes * MB));
    for await (const chunk of response) hash.update(chunk as Buffer);
    return hash.digest("hex");
  }

  it("of 10 MB arrive whole, with their length", async () => {
    const received = await upload(10, { "content-length": 10 * MB });
    expect(received).toEqual({ bytes: 10 * MB, hash: hashOf(10), length: String(10 * MB), coding: "" });
    expect(await download(10)).toBe(hashOf(10));
  });

  it("without a length arrive whole", async () => {
    const received = await upload(10, { "transfer-encoding": "chunked" });
    expect(received).toEqual({ bytes: 10 * MB, hash: hashOf(10), length: "", coding: "chunked" });
  });

  it(`of ${BODY_MB} MB stream up in bounded memory`, async () => {
    let received: Received | undefined;
    const growth = await growthMb(edge.pid, async () => {
      received = await upload(BODY_MB, { "content-length": BODY_MB * MB });
    });
    expect(received).toMatchObject({ bytes: BODY_MB * MB, hash: hashOf(BODY_MB) });
    expect(growth, "MB grown").toBeLessThan(MAX_GROWTH_MB);
  });

  it(`of ${BODY_MB} MB without a length stream up in bounded memory`, async () => {
    let received: Received | undefined;
    const growth = await growthMb(edge.pid, async () => {
      received = await upload(BODY_MB, { "transfer-encoding": "chunked" });
    });
    expect(received).toMatchObject({ bytes: BODY_MB * MB, hash: hashOf(BODY_MB) });
    expect(growth, "MB grown").toBeLessThan(MAX_GROWTH_MB);
  });

  it(`of ${BODY_MB} MB stream down in bounded memory`, async () => {
    let hash = "";
    const growth = await growthMb(edge.pid, async () => {
      hash = await download(BODY_MB);
    });
    expect(hash).toBe(hashOf(BODY_MB));
    expect(growth, "MB grown").toBeLessThan(MAX_GROWTH_MB);
  });

  it.each([
    ["with a length", {}],
    ["without one", { "transfer-encoding": "chunked" }],
  ])("that are small and come %s are kept and sent again elsewhere, whole", async (_, headers) => {
    const body = randomBytes(60_000);
    const answer = await ask(edge, "/", { host: "half.test", method: "PUT", body, headers });
    expect(attemptsOf(answer.headers), answer.text).toEqual(["dead:connect-failure", "aws:ok"]);
    const received = JSON.parse(answer.text) as Received;
    expect(received.hash).toBe(createHash("sha256").update(body).digest("hex"));
    expect(received.length).toBe("60000");
  });

  it.each([
    ["with a length", {}],
    ["without one", { "transfer-encoding": "chunked" }],
  ])("that are larger than what is kept and come %s are sent once", async (_, headers) => {
    const body = randomBytes(70_000);
    const answer = await ask(edge, "/", { host: "half.test", method: "PUT", body, headers });
    expect(answer.status, answer.text).toBe(503);
    expect(attemptsOf(answer.headers)).toEqual(["dead:connect-failure"]);
  });

  it("that a slow downstream sends do not count as time of the origin", async () => {
    // 3 s of uploading with an attempt timeout of 2 s: the clock starts when the last byte has left.
    const received = await new Promise<Received>((resolve, reject) => {
      const sent = httpRequest(
        {
          host: "127.0.0.1",
          port: edge.port,
          method: "POST",
          headers: { host: "brisk.test", "content-length": 30 * BLOCK.length },
        },
        async (response) => {
          const text = (await response.toArray()).join("");
          if (response.statusCode === 200) resolve(JSON.parse(text) as Received);
          else reject(new Error(`${response.statusCode} ${text}`));
        },
      );
      sent.on("error", reject);
      let blocks = 0;
      const timer = setInterval(() => {
        sent.write(BLOCK);
        blocks += 1;
        if (blocks < 30) return;
        clearInterval(timer);
        sent.end();
      }, 100);
    });
    expect(received.bytes).toBe(30 * BLOCK.length);
  });
});
