/**
 * A request has ended: is it told of, and where? Decided from its outcome, with counters and a draw for most; what is written
 * or encoded is so for those that are kept. What leaves the isolate does so in `waitUntil`.
 */
import { accessLine } from "../../telemetry/log/access-line.ts";
import { dataPointOf } from "../../telemetry/log/data-point.ts";
import { mayWrite } from "../../telemetry/log/line-limit.ts";
import { type DrawnTrace, hasFailed, isDrawn, type Kept, keptBy } from "../../telemetry/sampling.ts";
import type { SeenRequest } from "../../telemetry/seen-request.ts";
import { encodeSpan } from "../../telemetry/trace/otlp.ts";
import { spansOf } from "../../telemetry/trace/spans.ts";
import { SAMPLED } from "../../telemetry/trace/traceparent.ts";
import type { FinishedRequest } from "../observe.ts";
import { clientIpOf } from "../trust.ts";
import { keep } from "./exporter.ts";
import { beginTrace, type RequestTrace } from "./request-trace.ts";
import { seenOf } from "./seen.ts";
import type { Telemetry } from "./telemetry.ts";

/** Where a request is told of; "" and 0: not there. */
interface Telling {
  readonly trace: RequestTrace | null;
  readonly traceKept: Kept;
  readonly lineKept: Kept;
  /** Share of requests like this that are written as points. */
  readonly pointShare: number;
}

/** Tells of the request where it is to be told of. Never throws, never waits. */
export function watch(telemetry: Telemetry, finished: FinishedRequest): void {
  const telling = tellingOf(telemetry, finished);
  const { traceKept, lineKept, pointShare } = telling;
  if (traceKept === "" && lineKept === "" && pointShare === 0) return;
  const seen = seenOf(finished, telemetry.settings);
  const { addressKey } = telemetry;
  if (addressKey === null) tell(telemetry, finished, telling, seen);
  else finished.ctx.waitUntil(tellHashed(telemetry, finished, telling, seen, addressKey));
}

function tellingOf({ settings, tracing, lines, dataset }: Telemetry, finished: FinishedRequest): Telling {
  const { carried, request, isolate, status, attempts } = finished;
  const { rng } = isolate;
  const ended = { status, attempts, durationMs: finished.endedAtMs - finished.arrivedAtMs };
  const trace = carried?.trace ?? (tracing === null ? null : beginTrace(tracing, request.headers, isolate));
  const isSampled = trace !== null && (trace.context.flags & SAMPLED) !== 0;
  const traceKept = trace === null ? "" : keptBy(trace.tracing.settings, ended, isSampled);
  const { accessLog, analytics } = settings;
  const isLogged = lines !== null && accessLog !== undefined;
  const lineKept = isLogged
    ? keptBy(accessLog, ended, isDrawn(accessLog.share, drawnTraceOf(trace, isSampled), rng))
    : "";
  return { trace, traceKept, lineKept, pointShare: pointShareOf(dataset === null ? 0 : analytics!.share, ended, rng) };
}

/** How the trace was drawn; null where there is none, or where its caller's word counts. */
function drawnTraceOf(trace: RequestTrace | null, isSampled: boolean): DrawnTrace | null {
  if (trace === null || trace.tracing.settings.incoming === "follow") return null;
  return { share: trace.tracing.settings.share, isSampled };
}

function pointShareOf(share: number, ended: Parameters<typeof hasFailed>[0], rng: () => number): number {
  if (share === 0) return 0;
  if (hasFailed(ended)) return 1;
  return rng() < share ? share : 0;
}

/** Never rejects. */
async function tellHashed(
  telemetry: Telemetry,
  finished: FinishedRequest,
  telling: Telling,
  seen: SeenRequest,
  key: Promise<CryptoKey>,
): Promise<void> {
  const address = finished.carried?.clientIp ?? clientIpOf(finished.request, finished.isolate.dev);
  let clientAddress = "";
  try {
    if (address !== "") {
      const mac = await crypto.subtle.sign("HMAC", await key, new TextEncoder().encode(address));
      clientAddress = [...new Uint8Array(mac, 0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }
  } catch {
    // Left out: a log without an address is better than none.
  }
  tell(telemetry, finished, telling, { ...seen, clientAddress });
}

function tell(telemetry: Telemetry, finished: FinishedRequest, telling: Telling, seen: SeenRequest): void {
  const { lines, dataset } = telemetry;
  const { trace, traceKept, lineKept, pointShare } = telling;
  const { carried, ctx, endedAtMs } = finished;
  if (trace !== null && traceKept !== "") {
    const { exporter, ids } = trace.tracing;
    const targetPath = `${(carried?.target.path ?? seen.path).slice(0, 1_024)}${seen.query === "" ? "" : `?${seen.query}`}`;
    keep(exporter, spansOf(trace, seen, { kept: traceKept, ids, targetPath }).map(encodeSpan), endedAtMs, ctx);
  }
  if (lineKept !== "" && lines !== null) {
    const { leftOut } = lines;
    if (mayWrite(lines, endedAtMs)) {
      lines.leftOut = 0;
      const { traceId = "", spanId = "" } = trace?.context ?? {};
      console.log(accessLine(seen, { kept: lineKept, traceId, spanId, leftOut }));
    }
  }
  if (pointShare > 0 && dataset !== null) {
    telemetry.points += 1;
    dataset.writeDataPoint(dataPointOf(seen, pointShare));
  }
}
