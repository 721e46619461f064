/** Origins for large bodies, in a process of their own: `GET …?bytes=N` sends so many, anything else is read to its end. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const CHUNK = Buffer.alloc(64 * 1_024, "x");

for (const event of ["disconnect", "SIGINT", "SIGTERM"]) process.once(event, () => process.exit(0));

const ports: number[] = [];
for (let i = 0; i < 3; i++) {
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }, (request, response) => {
    if (request.method === "GET") send(request, response);
    else receive(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ports.push((server.address() as AddressInfo).port);
}
process.send!(ports);

function send(request: IncomingMessage, response: ServerResponse): void {
  let left = Number(new URL(request.url!, "http://origin").searchParams.get("bytes") ?? 0);
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": left });
  const go = () => {
    while (left > 0) {
      const chunk = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
      left -= chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end();
  };
  response.on("drain", go);
  go();
}

function receive(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on("end", () => response.end(String(bytes)));
}
