/**
 * An origin that can be made to fail while it runs: a plain HTTP server whose faults are real ones. A refused connection
 * is a closed socket, a reset is a broken connection, a queue is a queue. For the demo, tests and benchmarks.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Fault } from "./fault.ts";
import { createFaultSwitch } from "./fault-switch.ts";
import { createListener } from "./listener.ts";
import { plan } from "./plan.ts";

export interface OriginOptions {
  /** Sent as `x-origin` with every answer. */
  readonly name: string;
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** What an answer takes when all is well. Default 0. */
  readonly baseLatencyMs?: number;
  /** Added at random to each answer, uniform in [0, this). Default 0. */
  readonly jitterMs?: number;
  readonly fault?: Fault;
  /** Uniform in [0, 1), for jitter and error rates. Default Math.random. */
  readonly rng?: () => number;
  /** Called when the head of a request arrived, whatever happens to it then. */
  readonly onRequest?: (request: IncomingMessage) => void;
  /** Answers in place of the JSON about the request. Faults come first; `reset` applies to the default answer only. */
  readonly respond?: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface OriginStats {
  /** Request heads received. */
  readonly requests: number;
  /** Received and not answered yet. */
  readonly inFlight: number;
  readonly byStatus: Readonly<Record<number, number>>;
  /** Request body bytes received. */
  readonly bodyBytes: number;
  readonly connections: number;
}

export interface Origin {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  /** What was asked for; while flapping, whether it is in force right now is `isFaulty`. */
  fault(): Fault;
  isFaulty(): boolean;
  /** Puts a fault in place of the current one; resolves when the listening socket is as the fault wants it. */
  setFault(fault: Fault): Promise<void>;
  stats(): OriginStats;
  /** Ends it with all its connections. May be called again. */
  close(): Promise<void>;
}

/** Longer than workerd keeps idle connections, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;
/** Five seconds of trying: the port may be taken for a moment, by an outgoing connection of any process. */
const REOPEN_ATTEMPTS = 100;

/** Starts an origin on 127.0.0.1. Throws when the port is taken. */
export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const rng = options.rng ?? Math.random;
  const hung = new Set<() => void>();
  const byStatus: Record<number, number> = {};
  let inForce: Fault = {};
  let requests = 0;
  let inFlight = 0;
  let bodyBytes = 0;
  let queueFreeAtMs = 0;

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    requests++;
    inFlight++;
    options.onRequest?.(request);
    response.once("close", () => {
      inFlight--;
      if (response.headersSent) byStatus[response.statusCode] = (byStatus[response.statusCode] ?? 0) + 1;
    });
    take(request, response);
  });
  const listener = createListener(server);

  function take(request: IncomingMessage, response: ServerResponse): void {
    const next = plan(inForce, {
      nowMs: performance.now(),
      queueFreeAtMs,
      baseLatencyMs: options.baseLatencyMs ?? 0,
      jitterMs: options.jitterMs ?? 0,
      rng,
    });
    queueFreeAtMs = next.queueFreeAtMs;
    if (next.kind === "hang") {
      const resume = () => answer(request, response, 200, false);
      hung.add(resume);
      response.once("close", () => hung.delete(resume));
      return;
    }
    const send = () => answer(request, response, next.status, next.isReset);
    if (next.afterMs <= 0) send();
    else setTimeout(send, next.afterMs);
  }

  function answer(request: IncomingMessage, response: ServerResponse, status: number, isReset: boolean): void {
    if (response.destroyed || response.headersSent) return;
    request.on("data", (chunk: Buffer) => {
      bodyBytes += chunk.length;
    });
    response.setHeader("x-origin", options.name);
    if (isReset) cut(response);
    else if (options.respond !== undefined && status === 200) options.respond(request, response);
    else if (request.readableEnded) describe(options.name, request, response, status);
    else request.once("end", () => describe(options.name, request, response, status));
  }

  const faults = createFaultSwitch(async (fault) => {
    inForce = fault;
    if (!fault.hang) {
      const resumed = [...hung];
      // Each goes on once, though another fault may follow before its answer is sent.
      hung.clear();
      for (const resume of resumed) resume();
    }
    if (fault.refuse) await listener.close();
    else if (!server.listening) await listener.open(port, REOPEN_ATTEMPTS);
  });

  const port = await listener.open(options.port ?? 0, 1);
  if (options.fault !== undefined) await faults.set(options.fault);
  return {
    name: options.name,
    url: `http://127.0.0.1:${port}`,
    port,
    fault: faults.asked,
    isFaulty: () => Object.keys(inForce).length > 0,
    setFault: faults.set,
    stats: () => ({
      requests,
      inFlight,
      byStatus: { ...byStatus },
      bodyBytes,
      connections: listener.connections(),
    }),
    async close() {
      await faults.end();
      await listener.close();
    },
  };
}

function describe(origin: string, { method, url }: IncomingMessage, response: ServerResponse, status: number): void {
  const body = `${JSON.stringify({ origin, method, path: url, status })}\n`;
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(method === "HEAD" || status === 204 || status === 304 ? undefined : body);
}

/** Sends half of the promised body, then breaks the connection. */
function cut(response: ServerResponse): void {
  const half = Buffer.alloc(512, ".");
  response.writeHead(200, { "content-type": "text/plain", "content-length": half.length * 2 });
  response.write(half, () => setTimeout(() => response.socket?.resetAndDestroy(), 5));
}
