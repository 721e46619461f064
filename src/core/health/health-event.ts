/** What the state plane decided and why: drained by the object, shown by `explain` and counted by metrics. */
import type { HealthCode } from "../protocol.ts";
import type { Region } from "../region.ts";

export type HealthEvent = {
  readonly atMs: number;
  /** Endpoint id. */
  readonly endpoint: string;
  /** The region the event is about; null when it is about all of them. */
  readonly region: Region | null;
} & (
  | { readonly type: "opened"; readonly cause: string; readonly forMs: number; readonly ejections: number }
  | { readonly type: "half-open" }
  | { readonly type: "closed"; readonly cause: string }
  /** Enough evidence to eject, but a ceiling forbids it. At most one per endpoint in ten seconds. */
  | { readonly type: "not-ejected"; readonly cause: string; readonly why: string }
  /** It answers more slowly, or fails more often, than it used to and than its peers: anomaly/README.md. */
  | {
      readonly type: "degrading";
      readonly severity: "warning";
      readonly cause: string;
      readonly evidence: DegradingEvidence;
    }
  /** It is as it was, or there is another reason to say no more about it. */
  | { readonly type: "recovered"; readonly severity: "info"; readonly cause: string; readonly forMs: number }
  | { readonly type: "health"; readonly from: HealthCode; readonly to: HealthCode }
);

/** Figures behind a `degrading`: how much slower (percent), failures beyond the usual (0..1), and the charts' scores. */
export interface DegradingEvidence {
  readonly by: "latency" | "errors" | "latency and errors";
  readonly slowerPercent: number;
  readonly excessFailureRatio: number;
  readonly latencyCusum: number;
  readonly latencyEwma: number;
  readonly errorScore: number;
}

/** Events kept when nobody drains them; the oldest go first. */
export const MAX_HEALTH_EVENTS = 256;

/** Appends an event, within the bound. */
export function pushEvent(events: HealthEvent[], event: HealthEvent): void {
  if (events.length >= MAX_HEALTH_EVENTS) events.shift();
  events.push(event);
}
