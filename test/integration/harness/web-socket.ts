import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { onRequestHead } from "./raw-origin.ts";

/** The accept value that RFC 6455 §4.2.2 asks for. */
function acceptOf(head: string): string {
  const key = /^sec-websocket-key: (.*)$/im.exec(head)![1]!;
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** A text frame without a mask, as servers send them; under 126 bytes. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, Buffer.byteLength(text)]), Buffer.from(text)]);
}

/** A text frame as clients send them. */
function masked(text: string): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const body = Buffer.from(text).map((byte, at) => byte ^ mask[at % 4]!);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, body]);
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

/** For `rawOrigin`: greets with "welcome" and echoes every text. `onHead` sees the head of each request. */
export function webSocketOrigin(socket: Socket, onHead: (head: string) => void = () => {}): void {
  onRequestHead(socket, (head) => {
    onHead(head);
    socket.removeAllListeners("data");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${acceptOf(head)}\r\nx-theirs: 1\r\n\r\n`,
    );
    socket.write(frame("welcome"));
    socket.on("data", (bytes) => {
      for (const text of textsOf(bytes)) socket.write(frame(`echo ${text}`));
    });
  });
}

/** Opens a WebSocket through the edge, says "one" and "two", and returns what was received up to the second echo. */
export function talk(
  edge: Pick<Edge, "port">,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const socket = connect(edge.port, "127.0.0.1");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `GET ${path} HTTP/1.1\r\n${lines.join("")}upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  let received = "";
  let said = 0;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`only ${JSON.stringify(received)}`));
    }, 20_000);
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(received);
    };
    socket.on("error", reject);
    socket.on("close", done);
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      if (said === 0 && received.includes("welcome")) {
        said = 1;
        socket.write(masked("one"));
      } else if (said === 1 && received.includes("echo one")) {
        said = 2;
        socket.write(masked("two"));
      } else if (received.includes("echo two")) done();
    });
  });
}
