import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A server's listening socket and its connections, to be opened and closed at will. */
export interface Listener {
  /** Listens on 127.0.0.1; port 0 lets the system choose. Returns the port. Throws when it stays taken. */
  open(port: number, attempts: number): Promise<number>;
  /** Stops listening and breaks every connection with a reset. Nothing happens when it does not listen. */
  close(): Promise<void>;
  connections(): number;
}

const RETRY_MS = 50;

export function createListener(server: Server): Listener {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    async open(port, attempts) {
      for (let attempt = 1; ; attempt++) {
        const error = await tryListen(server, port);
        if (error === null) return (server.address() as AddressInfo).port;
        if (error.code !== "EADDRINUSE" || attempt >= attempts) throw error;
        await new Promise((wake) => setTimeout(wake, RETRY_MS));
      }
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    connections: () => sockets.size,
  };
}

function tryListen(server: Server, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off("listening", onListening);
      resolve(error);
    };
    const onListening = () => {
      server.off("error", onError);
      resolve(null);
    };
    server.once("error", onError).once("listening", onListening).listen(port, "127.0.0.1");
  });
}
