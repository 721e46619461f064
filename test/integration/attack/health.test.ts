/**
 * What one caller can make the mesh believe of an endpoint. Breakers are for everybody: who can open one by what is in a request
 * has an outage for the price of a few.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask, askRaw } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { serviceIn, stateOf } from "../harness/state.ts";
import { startRecordingOrigin } from "./recording-origin.ts";

const own = createResources();
afterAll(own.close);

const TIMES = 12;
const LARGE = "x".repeat(100_000);
const POST = "POST / HTTP/1.1\r\nhost: a.test\r\n";
const CHUNK = `${LARGE.length.toString(16)}\r\n${LARGE}\r\n`;

describe("a caller", () => {
  let edge: Edge;
  beforeAll(async () => {
    const origin = await startRecordingOrigin(own, "origin");
    edge = await own.edge(`
services: { s: { endpoints: [{ id: origin, url: "${origin.url}" }] } }
routes: [{ rules: [{ backendRefs: [{ service: s }] }] }]`);
    for (let i = 0; i < 20; i += 1) await ask(edge, "/");
  });

  it.each<[string, string, "and leaves"?]>([
    ["a GET with a length of 0", "GET / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 0\r\n\r\n"],
    ["a GET with a body", "GET / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 2\r\n\r\nok"],
    [
      "a HEAD with a chunked body",
      "HEAD / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
    ["an upload that is shorter than it says", `${POST}content-length: 200000\r\n\r\n${LARGE}`, "and leaves"],
    ["an upload that breaks off", `${POST}transfer-encoding: chunked\r\n\r\n${CHUNK}`, "and leaves"],
    ["an upload in broken chunks", `${POST}transfer-encoding: chunked\r\n\r\n${CHUNK}zz\r\n`],
    ["a small body that breaks off", `${POST}content-length: 100\r\n\r\nx`, "and leaves"],
    ["an upgrade by POST", `${POST}upgrade: websocket\r\nconnection: upgrade\r\ncontent-length: 0\r\n\r\n`],
    ["an upgrade to nothing", "GET / HTTP/1.1\r\nhost: a.test\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
    ["a method that is refused", "TRACE / HTTP/1.1\r\nhost: a.test\r\n\r\n"],
    ["time limits of its own", "GET / HTTP/1.1\r\nhost: a.test\r\nx-heddle-attempt-timeout-ms: 1\r\n\r\n"],
  ])("who sends %s again and again leaves the endpoint as well as it was", async (_, bytes, leaves) => {
    await Promise.all(
      Array.from({ length: TIMES }, () => askRaw(edge, bytes, leaves ? 200 : 40, leaves ? 0 : 1).catch(() => "")),
    );
    const [endpoint] = serviceIn(await stateOf(edge), "s").endpoints;
    expect(endpoint).toMatchObject({ available: true, breaker: "closed", coolingForMs: 0 });
    expect(endpoint!.failureRatio).toBeLessThan(0.02);
    expect((await ask(edge, "/")).status).toBe(200);
  });
});
