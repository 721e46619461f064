/**
 * An open-loop load client: requests leave when they are due, whether or not earlier ones were answered, as a crowd of
 * independent callers would send them. A closed loop (a fixed number of callers that wait) slows down with the system
 * it measures and hides exactly the stalls a mesh is there to avoid.
 *
 * Latency counts from when a request was due, not from when a busy client got round to it.
 *
 * Source: Schroeder, Wierman, Harchol-Balter, "Open Versus Closed: A Cautionary Tale", NSDI 2006.
 */
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { createSummary, type LoadCounts, type LoadResult, type LoadSummary } from "./summary.ts";

export interface LoadOptions {
  /** Absolute http URL, or what gives one for the n-th request. */
  readonly url: string | ((index: number) => string);
  /** Requests due per second, > 0. */
  readonly rps: number;
  /** How long to send; the run ends when the last answer is in. Infinity runs until it is stopped. */
  readonly seconds: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>> | ((index: number) => Readonly<Record<string, string>>);
  readonly body?: string | Uint8Array;
  /** A request without a complete answer after this long has failed. Default 30 s. */
  readonly timeoutMs?: number;
  /** Which statuses are fine. Default 200-399. */
  readonly isOk?: (status: number) => boolean;
  /** Width of the timeline's buckets. Default 1 s. */
  readonly bucketMs?: number;
  /** Uniform in [0, 1): requests then come at random (a Poisson process) instead of evenly. */
  readonly rng?: () => number;
  readonly onResult?: (result: LoadResult) => void;
  /** Aborting it stops the sending; the summary covers what was sent. */
  readonly signal?: AbortSignal;
}

export interface LoadRun {
  /** Settles when everything sent was answered or has failed. Never rejects. */
  readonly done: Promise<LoadSummary>;
  /** Sends no more; resolves as `done`. */
  stop(): Promise<LoadSummary>;
  /** Stops, and breaks off what was sent and not answered; that counts as failed. */
  cancel(): Promise<LoadSummary>;
  /** What is known so far. */
  summary(): LoadSummary;
  /** The totals of it alone: constant time. */
  counts(): LoadCounts;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Sends load and resolves with what was found. Never rejects: requests that fail are results. */
export function runLoad(options: LoadOptions): Promise<LoadSummary> {
  return startLoad(options).done;
}

/** As runLoad, for runs that are stopped or looked at on their way. */
export function startLoad(options: LoadOptions): LoadRun {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 1_024 });
  const summary = createSummary(options.bucketMs ?? 1_000);
  const startedAt = performance.now();
  const lastDueMs = options.seconds * 1_000;
  const intervalMs = 1_000 / options.rps;
  let nextDueMs = 0;
  let index = 0;
  let open = 0;
  let isSending = true;
  let sentForMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let finish: (result: LoadSummary) => void;
  const done = new Promise<LoadSummary>((resolve) => {
    finish = resolve;
  });

  const endWhenIdle = () => {
    if (isSending || open > 0) return;
    agent.destroy();
    finish(summary.project(sentForMs / 1_000));
  };
  const stopSending = () => {
    if (!isSending) return;
    isSending = false;
    sentForMs = Math.min(lastDueMs, performance.now() - startedAt);
    clearTimeout(timer);
    endWhenIdle();
  };
  const tick = () => {
    const nowMs = performance.now() - startedAt;
    while (isSending && nextDueMs <= nowMs && nextDueMs < lastDueMs) {
      const dueAtMs = nextDueMs;
      nextDueMs += options.rng === undefined ? intervalMs : -Math.log(1 - options.rng()) * intervalMs;
      summary.onSent(dueAtMs, nowMs - dueAtMs);
      open++;
      sendOne(options, agent, index++, startedAt, dueAtMs, (result) => {
        open--;
        summary.onResult(result);
        options.onResult?.(result);
        endWhenIdle();
      });
    }
    if (!isSending) return;
    if (nextDueMs >= lastDueMs) return stopSending();
    timer = setTimeout(tick, Math.max(0, startedAt + nextDueMs - performance.now()));
  };
  options.signal?.addEventListener("abort", stopSending, { once: true });
  if (options.signal?.aborted) stopSending();
  else tick();
  return {
    done,
    stop() {
      stopSending();
      return done;
    },
    cancel() {
      stopSending();
      agent.destroy();
      return done;
    },
    counts: summary.counts,
    summary: () => summary.project(isSending ? (performance.now() - startedAt) / 1_000 : sentForMs / 1_000),
  };
}

function sendOne(
  options: LoadOptions,
  agent: Agent,
  index: number,
  startedAt: number,
  dueAtMs: number,
  onDone: (result: LoadResult) => void,
): void {
  const isOk = options.isOk ?? ((status) => status >= 200 && status < 400);
  const url = typeof options.url === "function" ? options.url(index) : options.url;
  const headers = typeof options.headers === "function" ? options.headers(index) : options.headers;
  let answer: IncomingMessage | undefined;
  let isDone = false;
  const end = (error: string) => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    const doneAtMs = performance.now() - startedAt;
    const status = answer?.statusCode ?? 0;
    onDone({
      index,
      dueAtMs,
      doneAtMs,
      status,
      ok: error === "" && isOk(status),
      endpoint: headerOf(answer, "x-heddle-endpoint") || headerOf(answer, "x-origin"),
      attempts: headerOf(answer, "x-heddle-attempts"),
      latencyMs: doneAtMs - dueAtMs,
      error,
    });
  };
  const sent = httpRequest(
    url,
    { agent, method: options.method ?? "GET", ...(headers && { headers: { ...headers } }) },
    (response) => {
      answer = response;
      response.on("error", (error) => end(error.message));
      response.on("end", () => end(response.complete ? "" : "answer cut short"));
      response.on("close", () => end("answer cut short"));
      response.resume();
    },
  );
  sent.on("error", (error) => end(error.message));
  const timer = setTimeout(() => {
    end("timed out");
    sent.destroy();
  }, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  sent.end(options.body);
}

function headerOf(answer: IncomingMessage | undefined, name: string): string {
  const value = answer?.headers[name];
  return typeof value === "string" ? value : "";
}
