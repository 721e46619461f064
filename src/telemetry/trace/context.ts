/**
 * Where a request stands in its trace: it goes on with its caller's, or begins one of its own.
 *
 * The sampled flag that endpoints see is drawn here, before the outcome is known; failed and slow requests are kept besides
 * (sampling.ts). By default a caller's flag is not believed: strangers would decide how much is recorded, here and behind.
 */
import type { TracingSettings } from "../../core/mesh-telemetry.ts";
import type { Rng } from "../../core/rng.ts";
import type { Ids } from "./ids.ts";
import { parseTraceparent, RANDOM, SAMPLED, type TraceParent } from "./traceparent.ts";
import { parseTracestate } from "./tracestate.ts";

export interface TraceContext {
  readonly traceId: string;
  /** Of the span of the request itself. */
  readonly spanId: string;
  /** The caller's span; "" where the trace begins here. */
  readonly parentId: string;
  /** For endpoints. */
  readonly flags: number;
  /** For endpoints; "" for none. */
  readonly state: string;
  /** The trace that was left behind by `incoming: restart`; null for none. */
  readonly left: TraceParent | null;
}

/** What came with the request. */
export interface TraceHeaders {
  readonly traceparent: string | null;
  readonly tracestate: string | null;
}

/**
 * The request's place; null when it has none and is to have none (`mint: false`).
 *
 * - `rng`: uniform in [0, 1); drawn once where the flag is ours to set.
 *
 * Never throws.
 */
export function contextOf(
  { traceparent, tracestate }: TraceHeaders,
  { incoming, mint, share }: Pick<TracingSettings, "incoming" | "mint" | "share">,
  ids: Ids,
  rng: Rng,
): TraceContext | null {
  const came = parseTraceparent(traceparent);
  if (came === null || incoming === "restart") {
    if (!mint) return null;
    const flags = RANDOM | draw(share, rng);
    return { traceId: ids.traceId(), spanId: ids.spanId(), parentId: "", flags, state: "", left: came };
  }
  const sampled = incoming === "follow" ? came.flags & SAMPLED : draw(share, rng);
  return {
    traceId: came.traceId,
    spanId: ids.spanId(),
    parentId: came.spanId,
    flags: (came.flags & RANDOM) | sampled,
    state: parseTracestate(tracestate),
    left: null,
  };
}

function draw(share: number, rng: Rng): number {
  return rng() < share ? SAMPLED : 0;
}
