import { createHash } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { onRequestHead } from "../harness/raw-origin.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(own.close);

/** The accept value that RFC 6455 §4.2.2 asks for. */
function acceptOf(head: string): string {
  const key = /^sec-websocket-key: (.*)$/im.exec(head)![1]!;
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** A text frame without a mask, as servers send them; under 126 bytes. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, Buffer.byteLength(text)]), Buffer.from(text)]);
}

/** The texts of masked frames under 126 bytes. */
function* textsOf(bytes: Buffer): Iterable<string> {
  for (let at = 0; at + 6 <= bytes.length; ) {
    const length = bytes[at + 1]! & 0x7f;
    const mask = bytes.subarray(at + 2, at + 6);
    if (bytes[at] === 0x81) {
      yield bytes
        .subarray(at + 6, at + 6 + length)
        .map((byte, i) => byte ^ mask[i % 4]!)
        .toString();
    }
    at += 6 + length;
  }
}

function webSocketOrigin(socket: Socket): void {
  onRequestHead(socket, (head) => {
    socket.removeAllListeners("data");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${acceptOf(head)}\r\n\r\n`,
    );
    socket.write(frame("welcome"));
    socket.on("data", (bytes) => {
      for (const text of textsOf(bytes)) socket.write(frame(`echo ${text}`));
    });
  });
}

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
    const echo = await own.rawOrigin("echo", webSocketOrigin);
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
    const raw = connect(edge.port, "127.0.0.1");
    const received: string[] = [];
    const done = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`only ${JSON.stringify(received)}`)), 5_000);
      raw.on("error", reject);
      raw.on("data", (bytes) => {
        received.push(bytes.toString("latin1"));
        if (!received.join("").includes("echo two")) return;
        clearTimeout(timer);
        resolve();
      });
    });
    raw.write(
      "GET / HTTP/1.1\r\nhost: echo.test\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const masked = (text: string) => {
      const mask = Buffer.from([1, 2, 3, 4]);
      const body = Buffer.from(text).map((byte, at) => byte ^ mask[at % 4]!);
      return Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, body]);
    };
    setTimeout(() => raw.write(masked("one")), 300);
    setTimeout(() => raw.write(masked("two")), 400);
    await done;
    raw.destroy();
    const text = received.join("");
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
      sent.setTimeout(5_000, () => sent.destroy(new Error(`only ${JSON.stringify(seen)}`)));
      sent.write("one");
    });
    expect(seen).toEqual(["got one", "got two"]);
  });
});
