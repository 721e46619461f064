/** Requests as they are written: raw path, chosen Host, repeated headers, TLS with a chosen name. */
import { Agent, type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls, Agent as TlsAgent } from "node:https";
import type { CaseRequest } from "../case.ts";

export interface Answer {
  readonly status: number;
  /** Names in lower case, values as often as they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/** Where an edge listens. */
export interface EdgePorts {
  readonly http: number;
  readonly https: number;
}

const TIMEOUT_MS = 30_000;
const agents = { http: new Agent({ keepAlive: true, maxSockets: 16 }), https: new TlsAgent({ keepAlive: false }) };

/** - `authority`: the Host header, which also says the port of the gateway's listener. */
export function send(edge: EdgePorts, authority: string, request: CaseRequest): Promise<Answer> {
  const isTls = request.scheme === "https" || request.scheme === "wss";
  const options = {
    host: "127.0.0.1",
    port: isTls ? edge.https : edge.http,
    method: request.method === "" ? "GET" : request.method,
    path: request.path === "" ? "/" : request.path,
    setHost: false,
    headers: { host: authority, ...own(request.headers) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  return new Promise((resolve, reject) => {
    const sent = isTls
      ? requestTls({
          ...options,
          agent: agents.https,
          rejectUnauthorized: false,
          servername: serverName(request, authority),
        })
      : requestPlain({ ...options, agent: agents.http });
    sent.on("response", (response) => void read(response).then(resolve, reject));
    sent.on("error", reject);
    sent.end();
  });
}

export function closeConnections(): void {
  agents.http.destroy();
  agents.https.destroy();
}

/** Host is the authority's alone. */
function own(headers: CaseRequest["headers"] = {}): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.toLowerCase() !== "host")
      .map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
}

function serverName({ sni }: CaseRequest, authority: string): string {
  const name = sni ?? authority.replace(/:\d+$/, "");
  return /^[\d.]+$/.test(name) ? "" : name;
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers = new Map(Object.entries(response.headersDistinct).map(([name, values]) => [name, values ?? []]));
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() };
}
