/**
 * Sends spans away in batches, in the `waitUntil` of requests that were answered: when enough wait, or the oldest has waited
 * long enough. No answer waits for it, and a receiver that is gone costs a bounded buffer and some tries a minute.
 *
 * One request at a time owns the wait or the sending. Its platform may end it early: what it was to do is then done by the
 * next request with spans, after the time that it would have taken.
 *
 * Source: OpenTelemetry protocol specification 1.9, OTLP/HTTP: statuses to try again, Retry-After, partial success.
 */
import type { TracingSettings } from "../../core/mesh-telemetry.ts";
import { HEDDLE_RELEASE } from "../../core/release.ts";
import { retryAfterMs } from "../../core/retry/retry-after.ts";
import { encodeExport } from "../../telemetry/trace/otlp.ts";
import { createQueue, offer, type SpanQueue, takeBatch } from "../../telemetry/trace/queue.ts";
import type { Environment } from "../environment.ts";
import { post, type Sent } from "./post.ts";

/** Tries for one batch. */
const TRIES = 3;
/** Before the second and third try: random in [0, base · 4^n), ms. */
const BACKOFF_MS = 400;
/** A receiver that asks for more patience gets the batch no more, ms. */
const MAX_RETRY_AFTER_MS = 5_000;
/** After batches that were given up: so long, doubled each time, ms. */
const PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 60_000;
/** `waitUntil` ends 30 s after the answer: nothing is begun when less than the rest is left, ms. */
const MAX_WAIT_MS = 20_000;
const SENDING_MS = 25_000;
const NEXT_BATCH_MS = 5_000;
/** A waiter that is so much later than it should be is gone with its request, ms. */
const OVERSLEPT_MS = 2_000;
/** Between two complaints, ms. */
const COMPLAINT_MS = 60_000;

export interface Exporter {
  readonly queue: SpanQueue;
  settings: TracingSettings | null;
  /** "": nowhere to send to. */
  endpoint: string;
  headers: readonly (readonly [name: string, value: string])[];
  /** Number of the wait in charge. */
  term: number;
  waitingUntilMs: number;
  sendingUntilMs: number;
  pausedUntilMs: number;
  /** Batches given up in a row. */
  failures: number;
  /** Spans that a receiver has, and those that it refused or never got. */
  exported: number;
  lost: number;
  lastError: string;
  complainedAtMs: number;
}

/** `capacity`: spans that may wait. */
export function createExporter(capacity: number): Exporter {
  return {
    queue: createQueue(capacity),
    settings: null,
    endpoint: "",
    headers: [],
    term: 0,
    waitingUntilMs: 0,
    sendingUntilMs: 0,
    pausedUntilMs: 0,
    failures: 0,
    exported: 0,
    lost: 0,
    lastError: "",
    complainedAtMs: 0,
  };
}

/** Takes other settings; what waits stays. A secret that is missing is missing loudly. Never throws. */
export function setUp(exporter: Exporter, settings: TracingSettings, env: Environment): void {
  const secrets = env as Readonly<Record<string, unknown>>;
  const headers = [...settings.headers];
  for (const [name, secret] of settings.secretHeaders) {
    const value = secrets[secret];
    if (typeof value === "string") headers.push([name, value]);
    else console.error(JSON.stringify({ event: "export_secret_missing", problem: `there is no secret ${secret}` }));
  }
  exporter.settings = settings;
  exporter.endpoint = settings.endpoint === "" ? (env.HEDDLE_OTLP_ENDPOINT ?? "") : settings.endpoint;
  exporter.headers = headers;
  exporter.queue.capacity = settings.bufferSpans;
}

/** Keeps the spans of one trace until they are sent, and sees to it that they are. Returns at once. Never throws. */
export function keep(exporter: Exporter, spans: readonly string[], nowMs: number, ctx: ExecutionContext): void {
  if (exporter.endpoint !== "" && offer(exporter.queue, spans)) seeToIt(exporter, nowMs, ctx);
}

function seeToIt(exporter: Exporter, nowMs: number, ctx: ExecutionContext): void {
  const { queue, settings, sendingUntilMs, waitingUntilMs, pausedUntilMs } = exporter;
  if (settings === null || queue.spans.length === 0 || nowMs < sendingUntilMs) return;
  const isFull = queue.spans.length >= settings.batchSpans;
  const waitMs = Math.min(MAX_WAIT_MS, Math.max(isFull ? 0 : settings.delayMs, pausedUntilMs - nowMs));
  if (nowMs < waitingUntilMs && waitMs > 0) return;
  exporter.term += 1;
  exporter.waitingUntilMs = nowMs + waitMs + OVERSLEPT_MS;
  ctx.waitUntil(later(exporter, exporter.term, waitMs, ctx));
}

/** Never rejects. */
async function later(exporter: Exporter, term: number, waitMs: number, ctx: ExecutionContext): Promise<void> {
  if (waitMs > 0) await scheduler.wait(waitMs);
  const nowMs = Date.now();
  if (exporter.term !== term || nowMs < exporter.sendingUntilMs) return;
  exporter.waitingUntilMs = 0;
  if (nowMs < exporter.pausedUntilMs) return;
  exporter.sendingUntilMs = nowMs + SENDING_MS;
  try {
    await drain(exporter, nowMs);
  } catch (cause) {
    exporter.lastError = String(cause);
  }
  exporter.sendingUntilMs = 0;
  seeToIt(exporter, Date.now(), ctx);
}

/** Sends what waits, a batch at a time, as long as there is time and batches are full. */
async function drain(exporter: Exporter, sinceMs: number): Promise<void> {
  const { queue, settings } = exporter;
  let nowMs = sinceMs;
  do {
    const batch = takeBatch(queue, settings!.batchSpans);
    if (batch.length === 0) return;
    const sent = await sendBatch(exporter, batch);
    nowMs = Date.now();
    if (sent.ok) {
      exporter.exported += batch.length - sent.rejected;
      exporter.lost += sent.rejected;
      exporter.failures = 0;
    } else {
      exporter.lost += batch.length;
      exporter.pausedUntilMs = nowMs + Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** exporter.failures);
      exporter.failures += 1;
    }
    if (sent.error !== "") complain(exporter, sent.error, nowMs);
    if (!sent.ok) return;
  } while (queue.spans.length >= settings!.batchSpans && nowMs - sinceMs < NEXT_BATCH_MS);
}

async function sendBatch({ endpoint, headers, settings }: Exporter, batch: readonly string[]): Promise<Sent> {
  const { serviceName, gzip, timeoutMs } = settings!;
  const text = encodeExport(batch, { "service.name": serviceName, "service.version": HEDDLE_RELEASE });
  for (let number = 1; ; number += 1) {
    const sent = await post(endpoint, text, { headers, gzip, timeoutMs });
    if (sent.ok || !sent.mayRetry || number === TRIES) return sent;
    const asked = retryAfterMs(sent.retryAfter, Date.now());
    if (asked > MAX_RETRY_AFTER_MS) return sent;
    await scheduler.wait(Math.max(asked, Math.random() * BACKOFF_MS * 4 ** (number - 1)));
  }
}

function complain(exporter: Exporter, error: string, nowMs: number): void {
  exporter.lastError = error;
  if (nowMs - exporter.complainedAtMs < COMPLAINT_MS) return;
  exporter.complainedAtMs = nowMs;
  const { lost, queue } = exporter;
  console.warn(JSON.stringify({ event: "export_failed", error, lost, dropped: queue.dropped }));
}
