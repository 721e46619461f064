/** An origin that is a socket and nothing else: for faults and bytes that an HTTP server would not let a test make. */
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface RawOriginOptions {
  readonly name: string;
  /** Called for each connection; `index` counts from 0. */
  readonly onConnection: (socket: Socket, index: number) => void;
}

export interface RawOrigin {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  connections(): number;
  close(): Promise<void>;
}

export async function startRawOrigin({ name, onConnection }: RawOriginOptions): Promise<RawOrigin> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    onConnection(socket, count++);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => count,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Calls `onHead` with the text of each request's head and the body bytes that came with it. Pipelining is not known. */
export function onRequestHead(socket: Socket, onHead: (head: string, rest: Buffer) => void): void {
  let seen = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = seen.subarray(0, end).toString("latin1");
    const rest = seen.subarray(end + 4);
    seen = Buffer.alloc(0);
    onHead(head, rest);
  };
  socket.on("data", take);
}

/** A port on loopback where nobody listens. It was free a moment ago; nothing else here takes ports by number. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
