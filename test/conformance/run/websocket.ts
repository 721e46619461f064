import { WebSocket } from "ws";
import type { ConformanceCase } from "../case.ts";
import type { EdgePorts } from "./send.ts";

const PATIENCE_MS = 45_000;

/** Opens a WebSocket through the edge and expects every message back as it was sent. */
export function websocketDifference(edge: EdgePorts, authority: string, test: ConformanceCase): Promise<string | null> {
  const messages = (test.expect.echo ?? []).map((message) =>
    "text" in message ? Buffer.from(message.text) : Buffer.from(message.binaryBase64, "base64"),
  );
  const isText = (test.expect.echo ?? []).map((message) => "text" in message);
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${edge.http}${test.request.path}`, { headers: { host: authority } });
    let next = 0;
    const end = (fault: string | null) => {
      clearTimeout(timer);
      socket.terminate();
      resolve(fault);
    };
    const timer = setTimeout(() => end(`${next} of ${messages.length} messages came back in time`), PATIENCE_MS);
    const sendNext = () => {
      if (next === messages.length) end(null);
      else socket.send(messages[next]!, { binary: !isText[next]! });
    };
    socket.on("open", sendNext);
    socket.on("message", (data, isBinary) => {
      const got = Buffer.from(data as Buffer);
      if (isBinary === isText[next] || !got.equals(messages[next]!)) end(`message ${next} came back changed`);
      next++;
      sendNext();
    });
    socket.on("error", (error) => end(String(error)));
    socket.on("unexpected-response", (_, response) => end(`status ${response.statusCode}, expected an upgrade`));
  });
}
