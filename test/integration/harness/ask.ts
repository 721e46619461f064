import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";

export interface Question {
  /** Host header; the routes of the tests go by it. */
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** No answer after this long fails the test. Default 20 s. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value … as they were received. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  /** Whether the body ended as it should. */
  readonly complete: boolean;
  /** From sending to the head of the answer, and to its end. */
  readonly headMs: number;
  readonly tookMs: number;
}

/** Asks on a connection of its own and reads the answer whole. The path is sent as it is written. */
export function ask(edge: Pick<Edge, "port">, path: string, question: Question = {}): Promise<Answer> {
  const { host, method, headers, body, timeoutMs } = question;
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: "127.0.0.1",
        port: edge.port,
        path,
        method: method ?? "GET",
        agent: false,
        headers: { ...(host && { host }), ...headers } as Record<string, string | string[]>,
        signal: AbortSignal.timeout(timeoutMs ?? 20_000),
      },
      (response) => readAll(response, startedAt).then(resolve, reject),
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

async function readAll(response: IncomingMessage, startedAt: number): Promise<Answer> {
  const headMs = performance.now() - startedAt;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch {
    // Cut short: `complete` says so.
  }
  const body = Buffer.concat(chunks);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    body,
    text: body.toString(),
    complete: response.complete,
    headMs,
    tookMs: performance.now() - startedAt,
  };
}

/** The values of one header, as often as it was sent. */
export function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name);
}

/** Waits so long for the answers that there have to be. */
const RAW_ANSWER_MS = 20_000;

/**
 * Sends bytes as they are and returns everything that came back until the other side closed, or until `answers` of them had
 * begun (informational ones not counted) and `quietMs` of silence followed. With 0 answers it is the caller who gives up, after
 * `quietMs` of silence: for bytes that are no whole request.
 */
export function askRaw(edge: Pick<Edge, "port">, bytes: string, quietMs = 500, answers = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(edge.port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let received = "";
    const isEnough = () => (received.match(/HTTP\/1\.[01] [2-5]\d\d/g)?.length ?? 0) >= answers;
    const listen = () => socket.setTimeout(isEnough() ? quietMs : RAW_ANSWER_MS);
    listen();
    socket.on("timeout", () => socket.destroy());
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      listen();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
  });
}

/** What a line of `x-heddle-attempts` says: endpoint and outcome of each attempt, in order. */
export function attemptsOf(headers: IncomingHttpHeaders): string[] {
  const value = headers["x-heddle-attempts"];
  return typeof value === "string" && value !== "" ? value.split(",") : [];
}
