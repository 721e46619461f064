/**
 * Finds origins that break the connection in the middle of an answer. A body that is passed through natively cannot be
 * observed, and observing costs half a request, so one body in so many is watched, and all of an endpoint's for a while
 * after one broke.
 */
import { onAnswerBroken } from "../core/service-state.ts";
import type { Carried } from "./carried.ts";
import { syncIfDue } from "./sync.ts";

/** One answer in so many. */
const SAMPLE = 64;
/** After a broken body, all of the endpoint's are watched for so long, ms. */
const SUSPICION_MS = 30_000;

/** Whether this answer's body is to be watched. Counts the answer. */
export function shouldWatch(carried: Carried, endpoint: number, response: Response): boolean {
  const { isolate, service } = carried;
  isolate.answers += 1;
  const untilMs = service.watchUntilMs[endpoint]!;
  if (isolate.answers % SAMPLE !== 0 && (untilMs === 0 || untilMs < Date.now())) return false;
  return response.body !== null && carried.request.method !== "HEAD" && !response.headers.has("content-encoding");
}

/**
 * The same answer through a pipe that notices how its body ends. Content-Length is kept. Encoded bodies are left alone:
 * the platform would decode and encode them again.
 */
export function watched(carried: Carried, endpoint: number, response: Response): Response {
  const length = response.headers.get("content-length");
  const pipe = length === null ? new IdentityTransformStream() : new FixedLengthStream(Number(length));
  const { readable, writable } = pipe;
  const watching = pump(response.body!, writable).then((broken) => {
    if (broken) onBroken(carried, endpoint);
  });
  carried.ctx.waitUntil(watching);
  return new Response(readable, response);
}

/** Copies a body; resolves to whether its source broke off. Never rejects. */
async function pump(source: ReadableStream, writable: WritableStream): Promise<boolean> {
  try {
    await source.pipeTo(writable, { preventCancel: true });
    return false;
  } catch (error) {
    return isBroken(source, error);
  }
}

/** A pipe fails at either end; only a source that cannot be read any more broke itself. */
async function isBroken(source: ReadableStream, error: unknown): Promise<boolean> {
  try {
    await source.getReader().read();
  } catch {
    return true;
  }
  await source.cancel(error).catch(() => {});
  return false;
}

function onBroken(carried: Carried, endpoint: number): void {
  const nowMs = Date.now();
  const { service } = carried;
  service.watchUntilMs[endpoint] = nowMs + SUSPICION_MS;
  onAnswerBroken(service.state, endpoint, nowMs);
  syncIfDue(carried.isolate, service, nowMs, "failure", carried.ctx);
}
