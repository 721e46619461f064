/** Real origins on loopback for probes, and the addresses of them for the tests' Worker. */
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

const PAGES: Record<string, (request: http.IncomingMessage, response: http.ServerResponse) => void> = {
  "/good/healthz": (request, response) => response.end(`${request.headers["user-agent"]}: all is well`),
  "/bad/healthz": (_, response) => response.end("something is amiss"),
  "/good/challenge": (request, response) =>
    response.end(new URL(request.url ?? "", "http://origin").searchParams.get("nonce")),
  "/kinds/healthz": (_, response) => response.end("ok"),
  "/kinds/ready": (_, response) => response.writeHead(503).end("not yet"),
};

/** Probes of /slow that are being answered at once, and the most there were. */
let slow = 0;
let mostSlow = 0;

let brisk = 0;

function answerSlowly(response: http.ServerResponse): void {
  slow++;
  mostSlow = Math.max(mostSlow, slow);
  setTimeout(() => {
    slow--;
    response.end("ok");
  }, 50);
}

export default async function startOrigins(project: TestProject): Promise<() => void> {
  const server = http.createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    if (path === "/slow/healthz") answerSlowly(response);
    else if (path === "/brisk/healthz") response.end(String(++brisk));
    else if (path === "/brisk-probes") response.end(String(brisk));
    else if (path === "/most-slow") response.end(String(mostSlow));
    else (PAGES[path] ?? ((_, answer) => answer.writeHead(404).end()))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const closed = net.createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port: closedPort } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  project.provide("origin", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  project.provide("closedOrigin", `http://127.0.0.1:${closedPort}`);
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

declare module "vitest" {
  export interface ProvidedContext {
    origin: string;
    closedOrigin: string;
  }
}
