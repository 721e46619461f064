/**
 * One request, one line of JSON: attribute names as on spans, so that a query for one finds the other.
 *
 * Source: OpenTelemetry semantic conventions (names) and "Trace Context in non-OTLP Log Formats" (trace_id, span_id).
 */
import { requestAttributes } from "../attributes.ts";
import type { Kept } from "../sampling.ts";
import type { SeenRequest } from "../seen-request.ts";
import { jsonLine } from "./json-line.ts";

export interface LineContext {
  readonly kept: Kept;
  /** "" without a trace. */
  readonly traceId: string;
  readonly spanId: string;
  /** Lines left out since the last one. */
  readonly leftOut: number;
}

/** The line, without a line break anywhere in it. Never throws. */
export function accessLine(seen: SeenRequest, { kept, traceId, spanId, leftOut }: LineContext): string {
  return jsonLine({
    event: "request",
    timestamp: new Date(seen.arrivedAtMs).toISOString(),
    severity: seen.status >= 500 ? "ERROR" : kept === "error" || kept === "slow" ? "WARN" : "INFO",
    ...(traceId !== "" && { trace_id: traceId, span_id: spanId }),
    ...requestAttributes(seen),
    // Seconds, as in the metric of this name.
    "http.server.request.duration": (seen.endedAtMs - seen.arrivedAtMs) / 1_000,
    "heddle.kept": kept,
    ...(leftOut > 0 && { "heddle.lines_left_out": leftOut }),
  });
}
