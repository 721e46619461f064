/**
 * Request smuggling: bytes that a front and an origin could cut into requests in different places.
 *
 * Who protects: in production Cloudflare's front reads the bytes and hands the Worker a request, on workerd its HTTP server does;
 * both frame anew what goes to the origin. What stays with the mesh is not to undo it: that a body that broke off does not look
 * whole, and that nothing of the downstream's framing is handed on. A request that is answered 400 "by workerd" never reached us.
 */

import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { askRaw } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { pause, until } from "../harness/state.ts";
import { type RecordingOrigin, startRecordingOrigin, valuesIn } from "./recording-origin.ts";

const own = createResources();
afterAll(own.close);

const HIDDEN = "GET /hidden HTTP/1.1\r\nhost: a.test\r\n\r\n";
const POST = "POST /front HTTP/1.1\r\nhost: a.test\r\n";
const CHUNKED = "transfer-encoding: chunked\r\n";
const EMPTY_THEN_HIDDEN = `0\r\n\r\n${HIDDEN}`;
const lengthOf = (text: string) => `content-length: ${text.length}\r\n`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
/** Longer than what is kept in memory for a retry: it streams. */
const LARGE = "x".repeat(100_000);

describe("smuggling", () => {
  let edge: Edge;
  let origin: RecordingOrigin;

  beforeAll(async () => {
    origin = await startRecordingOrigin(own, "origin");
    edge = await own.edge(`
services: { s: { endpoints: [{ id: origin, url: "${origin.url}" }], timeouts: { request: 5s } } }
routes: [{ hostnames: [a.test], rules: [{ backendRefs: [{ service: s }] }] }]`);
  });
  beforeEach(() => {
    origin.requests.length = 0;
    origin.malformed.length = 0;
  });

  const statusesIn = (received: string) =>
    [...received.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => status!);
  /** The statuses that came back: as many as there have to be, and what else comes within a moment. */
  const send = async (bytes: string, answers = 1): Promise<string[]> =>
    statusesIn(await askRaw(edge, bytes, 150, answers));
  /** The statuses that came back to a caller who goes away a moment after the origin has seen the beginning. */
  async function sendAndLeave(bytes: string): Promise<string[]> {
    const socket = connect(edge.port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    const begun = () => origin.unfinishedBytes() > 0 || origin.malformed.length > 0;
    await until("the origin has seen the beginning", 20_000, begun, (hasBegun) => hasBegun);
    await pause(250);
    socket.destroy();
    return statusesIn(received);
  }
  /** What the origin was asked for, each with the length of its body. */
  const arrived = () => origin.requests.map(({ method, target, body }) => `${method} ${target} ${body.length}`);

  it.each([
    ["CL.CL", `${POST}content-length: 0\r\n${lengthOf(HIDDEN)}\r\n${HIDDEN}`],
    ["a list of lengths", `${POST}content-length: 2, 2\r\n\r\nok`],
    ["a length with a sign", `${POST}content-length: +2\r\n\r\nok`],
    ["a negative length", `${POST}content-length: -1\r\n\r\nok`],
    ["a hexadecimal length", `${POST}content-length: 0x2\r\n\r\nok`],
    ["a length beyond 64 bits", `${POST}content-length: 18446744073709551617\r\n\r\nk${HIDDEN}`],
    ["a length of two numbers", `${POST}content-length: 2 0\r\n\r\nok`],
    ["Transfer-Encoding: identity", `${POST}transfer-encoding: identity\r\ncontent-length: 2\r\n\r\nok`],
    ["chunked that is not last", `${POST}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ["TE.TE", `${POST}${CHUNKED}transfer-encoding: x\r\ncontent-length: 4\r\n\r\n${EMPTY_THEN_HIDDEN}`],
    ["xchunked", `${POST}transfer-encoding: xchunked\r\ncontent-length: 4\r\n\r\n${EMPTY_THEN_HIDDEN}`],
    ["quoted chunked", `${POST}transfer-encoding: "chunked"\r\ncontent-length: 4\r\n\r\n${EMPTY_THEN_HIDDEN}`],
    [
      "a vertical tab before chunked",
      `${POST}transfer-encoding: \x0bchunked\r\ncontent-length: 4\r\n\r\n${EMPTY_THEN_HIDDEN}`,
    ],
    [
      "space before the colon",
      `${POST}transfer-encoding : chunked\r\n${lengthOf(EMPTY_THEN_HIDDEN)}\r\n${EMPTY_THEN_HIDDEN}`,
    ],
    [
      "space before the name",
      `${POST} transfer-encoding: chunked\r\n${lengthOf(EMPTY_THEN_HIDDEN)}\r\n${EMPTY_THEN_HIDDEN}`,
    ],
    ["obs-fold", `${POST}transfer-encoding:\r\n chunked\r\n${lengthOf(EMPTY_THEN_HIDDEN)}\r\n${EMPTY_THEN_HIDDEN}`],
    ["obs-fold of any header", `GET /front HTTP/1.1\r\nhost: a.test\r\nx-a: b\r\n c: d\r\n\r\n`],
    [
      "a bare CR between headers",
      `${POST}x: y\rtransfer-encoding: chunked\r\n${lengthOf(EMPTY_THEN_HIDDEN)}\r\n${EMPTY_THEN_HIDDEN}`,
    ],
    ["NUL in a value", `GET /front HTTP/1.1\r\nhost: a.test\r\nx: y\0z\r\n\r\n`],
    ["NUL in a name", `GET /front HTTP/1.1\r\nhost: a.test\r\nx\0y: z\r\n\r\n`],
    ["a header without a name", `GET /front HTTP/1.1\r\nhost: a.test\r\n: 1\r\n\r\n`],
    ["a header without a colon", `GET /front HTTP/1.1\r\nhost: a.test\r\nfoo\r\n\r\n`],
    ["two Hosts", `GET /front HTTP/1.1\r\nhost: a.test\r\nhost: b.test\r\n\r\n`],
    ["no Host", `GET /front HTTP/1.1\r\n\r\n`],
    ["HTTP/1.0 with chunks", `POST /front HTTP/1.0\r\nhost: a.test\r\n${CHUNKED}\r\n${EMPTY_THEN_HIDDEN}`],
    ["HTTP/0.9", `GET /front\r\n\r\n`],
    ["HTTP/1.2", `GET /front HTTP/1.2\r\nhost: a.test\r\n\r\n`],
    ["a target with a space", `GET /front HTTP/1.1 HTTP/1.1\r\nhost: a.test\r\n\r\n`],
    ["a target with NUL", `GET /a\0b HTTP/1.1\r\nhost: a.test\r\n\r\n`],
    ["a target that joins the host", `GET @evil.test/a HTTP/1.1\r\nhost: a.test\r\n\r\n`],
    ["the same with a dot", `GET .evil.test/a HTTP/1.1\r\nhost: a.test\r\n\r\n`],
  ])("%s is refused by workerd, and the origin sees nothing", async (_, bytes) => {
    expect(await send(bytes)).toEqual(["400"]);
    expect([arrived(), origin.malformed]).toEqual([[], []]);
  });

  it.each([
    ["CL.TE", `${POST}${lengthOf(EMPTY_THEN_HIDDEN)}${CHUNKED}\r\n${EMPTY_THEN_HIDDEN}`, "POST /front 0"],
    ["TE.CL", `${POST}${CHUNKED}content-length: 4\r\n\r\n${chunk(HIDDEN)}0\r\n\r\n`, `POST /front ${HIDDEN.length}`],
    ["a tab before chunked", `${POST}transfer-encoding:\tchunked\r\n\r\n${chunk("ok")}0\r\n\r\n`, "POST /front 2"],
    ["CHUNKED", `${POST}transfer-encoding: CHUNKED\r\n\r\n${chunk("ok")}0\r\n\r\n`, "POST /front 2"],
    ["gzip, chunked", `${POST}transfer-encoding: gzip, chunked\r\n\r\n${chunk("ok")}0\r\n\r\n`, "POST /front 2"],
    ["a length said twice", `${POST}content-length: 2\r\ncontent-length: 2\r\n\r\nok`, "POST /front 2"],
    ["chunk extensions", `${POST}${CHUNKED}\r\n2;a="b;c"\r\nok\r\n0;x\r\n\r\n`, "POST /front 2"],
    [
      "trailers that name headers",
      `${POST}${CHUNKED}\r\n${chunk("ok")}0\r\nhost: evil\r\ncontent-length: 9\r\n\r\n`,
      "POST /front 2",
    ],
    ["bare LF throughout", "GET /front HTTP/1.1\nhost: a.test\n\n", "GET /front 0"],
    [
      "bare LF before chunked",
      `${POST}x: y\ntransfer-encoding: chunked\r\n\r\n${chunk("ok")}0\r\n\r\n`,
      "POST /front 2",
    ],
    [
      "Connection: content-length",
      `${POST}connection: content-length\r\n${lengthOf(HIDDEN)}\r\n${HIDDEN}`,
      `POST /front ${HIDDEN.length}`,
    ],
    [
      "Connection: transfer-encoding",
      `${POST}connection: transfer-encoding\r\n${CHUNKED}\r\n${chunk("ok")}0\r\n\r\n`,
      "POST /front 2",
    ],
    ["Connection: host", "GET /front HTTP/1.1\r\nhost: a.test\r\nconnection: host\r\n\r\n", "GET /front 0"],
    [
      "Expect: 100-continue",
      `${POST}expect: 100-continue\r\n${lengthOf(HIDDEN)}\r\n${HIDDEN}`,
      `POST /front ${HIDDEN.length}`,
    ],
  ])("%s is one request for the origin, framed anew", async (_, bytes, expected) => {
    expect((await send(bytes)).at(-1)).toBe("200");
    expect([arrived(), origin.malformed]).toEqual([[expected], []]);
    const [request] = origin.requests;
    expect(valuesIn(request!, "host")).toEqual([`127.0.0.1:${origin.port}`]);
    expect(valuesIn(request!, "content-length").length + valuesIn(request!, "transfer-encoding").length).toBeLessThan(
      2,
    );
    expect(valuesIn(request!, "trailer")).toEqual([]);
  });

  it.each([
    ["a chunk size beyond 64 bits", `10000000000000002\r\nok\r\n${EMPTY_THEN_HIDDEN}`],
    ["a negative chunk size", `-2\r\nok\r\n${EMPTY_THEN_HIDDEN}`],
    ["a chunk size with 0x", `0x2\r\nok\r\n${EMPTY_THEN_HIDDEN}`],
    ["a chunk extension that ends in LF", `2;\nxx\r\n4c\r\n${EMPTY_THEN_HIDDEN}`],
    ["a chunk that is longer than it says", `2\r\nokXX${EMPTY_THEN_HIDDEN}`],
  ])("%s ends the request, and the origin sees nothing", async (_, body) => {
    const statuses = await send(`${POST}${CHUNKED}\r\n${body}`);
    expect(statuses.filter((status) => status.startsWith("2"))).toEqual([]);
    expect([arrived(), origin.malformed]).toEqual([[], []]);
  });

  it.each([
    ["a broken chunk size", `${CHUNKED}\r\n${chunk(LARGE)}zz\r\n${EMPTY_THEN_HIDDEN}`],
    ["a chunk that is longer than it says", `${CHUNKED}\r\n${chunk(LARGE)}2\r\nokXX${EMPTY_THEN_HIDDEN}`],
    ["the end of the connection", `${CHUNKED}\r\n${chunk(LARGE)}`],
    ["less than its length", `content-length: 200000\r\n\r\n${LARGE}`],
  ])("a stream that ends in %s never looks whole to the origin", async (_, rest) => {
    const statuses = await sendAndLeave(`${POST}${rest}`);
    expect(statuses.filter((status) => status.startsWith("2"))).toEqual([]);
    // It has seen the beginning and then the end of the connection: RFC 9112, section 8, an incomplete message.
    await expect.poll(() => origin.malformed.map((text) => text.slice(0, 7))).toEqual(["cut off"]);
    expect(arrived()).toEqual([]);
  });

  it.each([
    ["GET", lengthOf(HIDDEN), HIDDEN],
    ["HEAD", lengthOf(HIDDEN), HIDDEN],
    ["GET", CHUNKED, `${chunk(HIDDEN)}0\r\n\r\n`],
  ])("a body in %s is refused by the mesh, not left on the connection", async (method, framing, body) => {
    expect(await send(`${method} /front HTTP/1.1\r\nhost: a.test\r\n${framing}\r\n${body}`)).toEqual(["400"]);
    expect([arrived(), origin.malformed]).toEqual([[], []]);
  });

  it.each([
    ["h2c", "upgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\nconnection: upgrade, http2-settings\r\n"],
    [
      "websocket",
      "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ],
  ])("what follows an upgrade to %s that the origin did not grant is a request like any other", async (_, upgrade) => {
    const bytes = `GET /front HTTP/1.1\r\nhost: a.test\r\n${upgrade}\r\nGET /next HTTP/1.1\r\nhost: elsewhere.test\r\n\r\n`;
    // The second is matched by itself, and elsewhere.test has no route.
    expect(await send(bytes, 2)).toEqual(["200", "404"]);
    expect([arrived(), origin.malformed]).toEqual([["GET /front 0"], []]);
    expect(valuesIn(origin.requests[0]!, "http2-settings")).toEqual([]);
  });

  it("TRACE is refused by the mesh: the origin would send back what the mesh says to it alone", async () => {
    expect(await send("TRACE /front HTTP/1.1\r\nhost: a.test\r\n\r\n")).toEqual(["501"]);
    expect(arrived()).toEqual([]);
  });

  it("CONNECT opens nothing", async () => {
    const statuses = await send(`CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\nhost: a.test\r\n\r\n${HIDDEN}`);
    expect(statuses.filter((status) => status.startsWith("2"))).toEqual([]);
    await pause(50);
    expect([arrived(), origin.malformed]).toEqual([[], []]);
  });
});
