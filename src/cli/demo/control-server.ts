/**
 * The demo's switchboard: origins listed and faults set over a loopback port of its own.
 *
 *     GET /origins                 [{ name, url, fault, isFaulty, stats }]
 *     PUT /origins/<name>/fault    {"fault": ["latency=300ms"]}; `all` for every origin
 *
 * A body must be declared as JSON: a web page of another site cannot send that without being asked first, and it is
 * never allowed.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { nearest } from "../../config/nearest.ts";
import { readFault, writeFault } from "../origin/fault.ts";
import type { Origin, OriginStats } from "../origin/start-origin.ts";

export interface OriginView {
  readonly name: string;
  readonly url: string;
  readonly fault: string;
  readonly isFaulty: boolean;
  readonly stats: OriginStats;
}

export type ControlReply =
  | { readonly ok: true; readonly origins: readonly OriginView[] }
  | { readonly ok: false; readonly error: string; readonly fix: string };

export interface ControlServer {
  readonly url: string;
  close(): void;
}

const MAX_BODY_BYTES = 10_000;

/** - `onChange`: called after a fault was set. */
export async function startControlServer(origins: readonly Origin[], onChange: () => void): Promise<ControlServer> {
  const server = createServer((request, response) => {
    void control(origins, request, onChange).then(([status, reply]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(reply)}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function control(
  origins: readonly Origin[],
  request: IncomingMessage,
  onChange: () => void,
): Promise<[status: number, reply: ControlReply]> {
  const views = () => origins.map(viewOf);
  if (request.method === "GET" && request.url === "/origins") return [200, { ok: true, origins: views() }];
  const name = /^\/origins\/([^/]+)\/fault$/.exec(request.url ?? "")?.[1];
  if (request.method !== "PUT" || name === undefined) return [404, { ok: false, error: "no such resource", fix: "" }];
  if (request.headers["content-type"] !== "application/json") {
    return [415, { ok: false, error: "the body must be application/json", fix: "" }];
  }
  const chosen = name === "all" ? origins : origins.filter((origin) => origin.name === name);
  if (chosen.length === 0) {
    const names = origins.map((origin) => origin.name);
    const guess = nearest(name, names);
    const fix = guess === undefined ? `origins are ${names.join(", ")}` : `did you mean ${guess}?`;
    return [404, { ok: false, error: `there is no origin "${name}"`, fix }];
  }
  const words = await faultWords(request);
  if (words === null) return [400, { ok: false, error: 'the body must be {"fault": ["…"]}', fix: "" }];
  const reading = readFault(words);
  if (!reading.ok) {
    return [400, { ok: false, error: `"${reading.word}" is not a fault`, fix: `expected ${reading.expected}` }];
  }
  try {
    await Promise.all(chosen.map((origin) => origin.setFault(reading.fault)));
  } catch (error) {
    return [500, { ok: false, error: String(error), fix: "" }];
  }
  onChange();
  return [200, { ok: true, origins: views() }];
}

function viewOf(origin: Origin): OriginView {
  return {
    name: origin.name,
    url: origin.url,
    fault: writeFault(origin.fault()),
    isFaulty: origin.isFaulty(),
    stats: origin.stats(),
  };
}

async function faultWords(request: IncomingMessage): Promise<readonly string[] | null> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > MAX_BODY_BYTES) return null;
  }
  try {
    const { fault } = JSON.parse(body) as { fault?: unknown };
    return Array.isArray(fault) && fault.length > 0 && fault.every((word) => typeof word === "string") ? fault : null;
  } catch {
    return null;
  }
}
