import { request as httpRequest, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { talk, webSocketOrigin } from "../harness/web-socket.ts";

const own = createResources();
afterAll(own.close);

describe("streams", () => {
  let edge: Edge;
  /** Writes the next event of the stream of events. */
  let next: () => void = () => {};

  beforeAll(async () => {
    const events = await own.origin("events", {
      respond: (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
        response.flushHeaders();
        let sent = 0;
        next = () => {
          response.write(`data: ${sent}\n\n`);
          sent += 1;
          if (sent === 5) response.end();
        };
      },
    });
    const echo = await own.rawOrigin("echo", (socket) => webSocketOrigin(socket));
    const duplex = await own.origin("duplex", {
      respond: (request, response) => {
        response.writeHead(200);
        request.on("data", (chunk: Buffer) => response.write(`got ${chunk.toString()}`));
        request.on("end", () => response.end());
      },
    });
    edge = await own.edge(
      servicesByHost({
        events: `endpoints: ${endpoints([events])}`,
        echo: `endpoints: ${endpoints([echo])}`,
        duplex: `endpoints: ${endpoints([duplex])}, retry: { bufferBytes: 0 }`,
      }),
    );
  });

  it("of events come through one by one: the next is sent only when the last has arrived", async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      httpRequest({ host: "127.0.0.1", port: edge.port, headers: { host: "events.test" } }, resolve)
        .on("error", reject)
        .end(),
    );
    expect(response.headers["content-type"]).toBe("text/event-stream");
    const seen: string[] = [];
    next();
    for await (const chunk of response) {
      seen.push(String(chunk));
      if (seen.length < 5) next();
    }
    expect(seen).toEqual([0, 1, 2, 3, 4].map((at) => `data: ${at}\n\n`));
  });

  it("of a WebSocket pass both ways", async () => {
    const text = await talk(edge, "/", { host: "echo.test" });
    expect(text).toMatch(/^HTTP\/1\.1 101 /);
    expect(text).toContain("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(text).toContain("welcome");
    expect(text).toContain("echo one");
  });

  it("go both ways at once: the answer begins before the request has ended", async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const sent = httpRequest(
        { host: "127.0.0.1", port: edge.port, method: "POST", headers: { host: "duplex.test" } },
        (response) => {
          response.on("data", (chunk: Buffer) => {
            seen.push(chunk.toString());
            if (seen.length === 1) sent.write("two");
            else sent.end();
          });
          response.on("end", resolve);
        },
      );
      sent.on("error", reject);
      sent.setTimeout(20_000, () => sent.destroy(new Error(`only ${JSON.stringify(seen)}`)));
      sent.write("one");
    });
    expect(seen).toEqual(["got one", "got two"]);
  });
});
