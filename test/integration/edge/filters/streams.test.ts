import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { growthMb } from "../../harness/memory.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";
import { stateOf } from "../../harness/state.ts";
import { talk, webSocketOrigin } from "../../harness/web-socket.ts";

const own = createResources();
afterAll(own.close);

const MB = 1024 * 1024;
const BLOCK = randomBytes(64 * 1024);
/** What streams is bounded by buffers of a few MB; what is kept would grow the process by all of it. */
const BODY_MB = 100;
const MAX_GROWTH_MB = BODY_MB / 2;

const blocks = (megabytes: number) => Array.from({ length: megabytes * 16 }, () => BLOCK);
const hashOf = (megabytes: number) => {
  const hash = createHash("sha256");
  for (const block of blocks(megabytes)) hash.update(block);
  return hash.digest("hex");
};

/** GET: so many MB, by the last part of the path. POST: the hash of what came. */
function respond(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === "GET") {
    const megabytes = Number(request.url!.split("/").at(-1));
    response.writeHead(200, { "content-length": megabytes * MB, "x-theirs": "1" });
    Readable.from(blocks(megabytes)).pipe(response);
    return;
  }
  const hash = createHash("sha256");
  request.on("data", (chunk: Buffer) => hash.update(chunk));
  request.on("end", () => response.end(hash.digest("hex")));
}

const headers = { set: [{ name: "x-set", value: "1" }], remove: ["x-theirs"] };
const FILTERS = {
  "request-headers": { type: "RequestHeaderModifier", requestHeaderModifier: headers },
  "response-headers": { type: "ResponseHeaderModifier", responseHeaderModifier: headers },
  rewrite: {
    type: "URLRewrite",
    urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/rewritten" } },
  },
  mirror: { type: "RequestMirror", requestMirror: { backendRef: { service: "shadow" } } },
  cors: { type: "CORS", cors: { allowOrigins: ["https://page.example"] } },
  fault: {
    type: "FaultInjection",
    faultInjection: { delay: { duration: "20ms", percent: 100 }, abort: { status: 500, percent: 0 } },
  },
} as const;
const ABORT = { type: "FaultInjection", faultInjection: { abort: { status: 503, percent: 100 } } } as const;
const NAMES = Object.keys(FILTERS) as (keyof typeof FILTERS)[];

describe("streams through filters", () => {
  let edge: Edge;
  let upgrade = "";

  beforeAll(async () => {
    const store = await own.origin("store", { respond });
    const socket = await own.rawOrigin("socket", (connection) =>
      webSocketOrigin(connection, (head) => {
        upgrade = head;
      }),
    );
    const shadow = await own.origin("shadow");
    const toStore = [{ service: "store" }];
    const toSocket = [{ service: "socket" }];
    const all = NAMES.map((name) => FILTERS[name]);
    edge = await own.edge(
      rulesByPath(
        { store: serviceOf([store]), socket: serviceOf([socket]), shadow: serviceOf([shadow]) },
        Object.fromEntries([
          ...NAMES.map((name) => [`/${name}`, { filters: [FILTERS[name]], backendRefs: toStore }]),
          ...NAMES.map((name) => [`/ws/${name}`, { filters: [FILTERS[name]], backendRefs: toSocket }]),
          ["/all", { filters: all, backendRefs: toStore }],
          ["/ws/all", { filters: all, backendRefs: toSocket }],
          ["/aborted", { filters: [ABORT], backendRefs: toSocket }],
        ]),
      ),
      { dev: true },
    );
  });

  function upload(path: string, megabytes: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: "127.0.0.1", port: edge.port, path, method: "POST", headers: { "content-length": megabytes * MB } },
        async (response) => resolve((await response.toArray()).join("")),
      );
      sent.on("error", reject);
      Readable.from(blocks(megabytes)).pipe(sent);
    });
  }

  async function download(path: string, megabytes: number): Promise<{ hash: string; length: string | undefined }> {
    const hash = createHash("sha256");
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      httpRequest({ host: "127.0.0.1", port: edge.port, path: `${path}/${megabytes}` }, resolve)
        .on("error", reject)
        .end(),
    );
    for await (const chunk of response) hash.update(chunk as Buffer);
    return { hash: hash.digest("hex"), length: response.headers["content-length"] };
  }

  it.each(NAMES)("pass %s whole, both ways", async (name) => {
    expect(await upload(`/${name}`, 2)).toBe(hashOf(2));
    expect(await download(`/${name}`, 2)).toEqual({ hash: hashOf(2), length: String(2 * MB) });
  });

  it(`of ${BODY_MB} MB pass all of them at once, both ways, in bounded memory`, async () => {
    let up = "";
    let down = { hash: "", length: undefined as string | undefined };
    const before = (await stateOf(edge)).mirrors;
    const grownUp = await growthMb(edge.pid, async () => {
      up = await upload("/all", BODY_MB);
    });
    const grownDown = await growthMb(edge.pid, async () => {
      down = await download("/all", BODY_MB);
    });
    expect([up, down]).toEqual([hashOf(BODY_MB), { hash: hashOf(BODY_MB), length: String(BODY_MB * MB) }]);
    expect(Math.max(grownUp, grownDown), "MB grown").toBeLessThan(MAX_GROWTH_MB);
    // What streams is not kept, so it is not mirrored either; the GET is.
    const { sent, tooLarge } = (await stateOf(edge)).mirrors;
    expect([sent - before.sent, tooLarge - before.tooLarge]).toEqual([1, 1]);
  });

  it.each([...NAMES, "all"])("of a WebSocket pass %s both ways", async (name) => {
    const text = await talk(edge, `/ws/${name}`, { host: "a.test", origin: "https://page.example", "x-theirs": "1" });
    expect(text).toMatch(/^HTTP\/1\.1 101 /);
    expect(text).toContain("echo one");
    const answer = text.slice(0, text.indexOf("\r\n\r\n")).toLowerCase();
    const is = (...names: readonly string[]) => [...names, "all"].includes(name);
    expect(/^x-set: 1$/m.test(answer)).toBe(is("response-headers"));
    expect(/^x-theirs: 1$/m.test(answer)).toBe(!is("response-headers"));
    expect(answer.includes("access-control-allow-origin: https://page.example")).toBe(is("cors"));
    expect(/^x-set: 1$/im.test(upgrade)).toBe(is("request-headers"));
    expect(/^x-theirs: 1$/im.test(upgrade)).toBe(!is("request-headers"));
    expect(upgrade.startsWith(is("rewrite") ? "GET /rewritten HTTP" : `GET /ws/${name} HTTP`)).toBe(true);
  });

  it("of a WebSocket are not mirrored", async () => {
    const before = (await stateOf(edge)).mirrors;
    await talk(edge, "/ws/mirror", { host: "a.test" });
    expect((await stateOf(edge)).mirrors).toEqual(before);
  });

  it("of a WebSocket may be aborted before they begin", async () => {
    const answer = await ask(edge, "/aborted", { headers: { upgrade: "websocket", connection: "Upgrade" } });
    expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([503, "FI"]);
  });
});
