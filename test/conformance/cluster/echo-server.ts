/**
 * The echo backend of the Gateway API's conformance suite: answers with the request as it arrived.
 *
 * Written after the description of echo-basic (kubernetes-sigs/gateway-api-conformance-images @ 426f3da3b). One thing
 * differs: a Worker cannot choose the Host that `fetch` sends, so Heddle tells the host in X-Forwarded-Host, and `host` in
 * the answer is taken from there when it is sent, as applications behind a proxy do.
 */
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";

export interface PodIdentity {
  readonly namespace: string;
  readonly pod: string;
}

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface EchoServer {
  readonly port: number;
  /** Path with query of every request, in order. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. - `keyPair`: speaks TLS with it; null speaks plain HTTP. */
export async function startEchoServer(identity: PodIdentity, keyPair: KeyPair | null): Promise<EchoServer> {
  const log: string[] = [];
  const failures = new Map<string, number>();
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    log.push(request.url ?? "");
    void respond(request, response, identity, failures);
  };
  const server: Server = keyPair === null ? createPlainServer(answer) : createTlsServer(keyPair, answer);
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.on("upgrade", (request, socket, head) => {
    log.push(request.url ?? "");
    if (request.url === "/ws") sockets.handleUpgrade(request, socket, head, (open) => sockets.emit("connection", open));
    else socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    log,
    async stop() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  identity: PodIdentity,
  failures: Map<string, number>,
): Promise<void> {
  request.resume();
  const url = new URL(request.url ?? "/", "http://echo");
  if (url.pathname.startsWith("/retry/") && (await isFailed(url, request, response, failures))) return;
  const delay = url.searchParams.get("delay");
  if (delay !== null) await wait(goDurationMs(delay));
  const status = /^\/status\/(\d{3})$/.exec(url.pathname);
  for (const [name, value] of asked(request)) response.appendHeader(name, value);
  if (status !== null) {
    response.writeHead(Number(status[1])).end();
    return;
  }
  response.setHeader("content-type", "application/json");
  response.setHeader("x-content-type-options", "nosniff");
  response.end(JSON.stringify(echo(request, identity), null, 1));
}

function echo(request: IncomingMessage, { namespace, pod }: PodIdentity) {
  const headers: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) headers[name] = values ?? [];
  const { servername } = request.socket as Partial<TLSSocket>;
  const isTls = "encrypted" in request.socket;
  return {
    path: request.url,
    host: request.headers["x-forwarded-host"] ?? request.headers.host,
    method: request.method,
    proto: `HTTP/${request.httpVersion}`,
    headers,
    httpPort: "3000",
    namespace,
    ingress: "",
    service: "",
    pod,
    ...(isTls && { tls: { serverName: typeof servername === "string" ? servername : "" } }),
  };
}

/** The first `succeedAfter` attempts of each uuid get `responseCode`, or a broken connection where there is none. */
async function isFailed(
  { searchParams }: URL,
  request: IncomingMessage,
  response: ServerResponse,
  failures: Map<string, number>,
): Promise<boolean> {
  const uuid = searchParams.get("uuid") ?? "";
  const failed = failures.get(uuid) ?? 0;
  if (failed >= Number(searchParams.get("succeedAfter") ?? 0)) return false;
  failures.set(uuid, failed + 1);
  const delay = searchParams.get("delayRetry");
  if (delay !== null) await wait(goDurationMs(delay));
  const code = searchParams.get("responseCode");
  if (code === null) request.socket.destroy();
  else response.writeHead(Number(code)).end();
  return true;
}

/** The headers that X-Echo-Set-Header asks for: `name:value`, separated by commas. */
function asked(request: IncomingMessage): [name: string, value: string][] {
  const list = request.headersDistinct["x-echo-set-header"] ?? [];
  return list
    .flatMap((value) => value.split(","))
    .map((pair) => pair.split(/:(.*)/s))
    .filter(([name]) => (name ?? "").trim() !== "")
    .map(([name, value]) => [name!.trim(), (value ?? "").trim()]);
}

function goDurationMs(text: string): number {
  const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
  const [, amount, unit] = /^([\d.]+)(ms|s|m)$/.exec(text) ?? [];
  return amount === undefined ? 0 : Number(amount) * unitMs[unit!]!;
}

function wait(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
