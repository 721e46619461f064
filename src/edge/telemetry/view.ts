/** What an isolate told of single requests, and what it could not, for people and tools that look. */
import type { Telemetry } from "./telemetry.ts";

export interface TelemetryView {
  /** Lines of the access log; `dropped` for being too many in their second. */
  readonly lines: { readonly written: number; readonly dropped: number };
  /** Spans: dropped since too many waited; lost since the receiver refused them or could not be reached. */
  readonly spans: {
    readonly waiting: number;
    readonly exported: number;
    readonly dropped: number;
    readonly lost: number;
    readonly lastError: string;
  };
  /** Written to the dataset. */
  readonly points: number;
}

/** Null for nobody's telemetry. Never throws. */
export function telemetryViewOf(telemetry: Telemetry | null): TelemetryView | null {
  if (telemetry === null) return null;
  const { written, dropped } = telemetry.lines ?? { written: 0, dropped: 0 };
  const { exporter } = telemetry.tracing ?? {};
  return {
    lines: { written, dropped },
    spans: {
      waiting: exporter?.queue.spans.length ?? 0,
      exported: exporter?.exported ?? 0,
      dropped: exporter?.queue.dropped ?? 0,
      lost: exporter?.lost ?? 0,
      lastError: exporter?.lastError ?? "",
    },
    points: telemetry.points,
  };
}
