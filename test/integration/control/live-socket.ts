/** A client of GET /v1/live that remembers what came. */
import { vi } from "vitest";
import WebSocket from "ws";
import type { Api } from "./api-client.ts";

export interface LiveSocket {
  /** Messages in the order in which they came. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  readonly messages: any[];
  readonly protocol: string;
  send(message: unknown): void;
  /** The next message from now on that fits. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  next(fits: (message: any) => boolean): Promise<any>;
  /** The code that it is closed with. */
  readonly closed: Promise<number>;
  close(): void;
}

export interface Opening {
  /** Default: the token of everything, in a header. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
}

/** The open socket, or the status of the refusal. */
export function openLive({ edge }: Pick<Api, "edge">, opening: Opening = {}): Promise<LiveSocket | number> {
  const headers = opening.headers ?? { authorization: `Bearer ${edge.controlToken}` };
  const socket = new WebSocket(`${edge.controlUrl.replace("http", "ws")}/v1/live`, [...(opening.protocols ?? [])], {
    headers,
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  const messages: any[] = [];
  socket.on("message", (data) => messages.push(data.toString() === "pong" ? "pong" : JSON.parse(data.toString())));
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  // A local workerd leaves the connection open for 20 s after the closing frames.
  const closing = setInterval(() => {
    if (socket.readyState === WebSocket.CLOSING) socket.terminate();
  }, 20);
  socket.on("close", () => clearInterval(closing));
  return new Promise((resolve, reject) => {
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on("error", reject);
    socket.on("open", () =>
      resolve({
        messages,
        protocol: socket.protocol,
        closed,
        send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
        async next(fits) {
          const from = messages.length;
          return vi.waitFor(
            () => {
              const found = messages.slice(from).find(fits);
              if (found === undefined)
                throw new Error(`nothing fits of ${JSON.stringify(messages.slice(from).slice(-2))}`);
              return found;
            },
            { timeout: 60_000, interval: 50 },
          );
        },
        close: () => socket.close(),
      }),
    );
  });
}

/** The same where it has to open. */
export async function mustOpenLive(api: Pick<Api, "edge">, opening: Opening = {}): Promise<LiveSocket> {
  const socket = await openLive(api, opening);
  if (typeof socket === "number") throw new Error(`refused with ${socket}`);
  return socket;
}
