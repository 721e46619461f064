/**
 * Which failed requests are nobody's fault, and which are lost. A request may fail when the mesh is not allowed to repeat
 * it, and only while an endpoint that it was sent to is, or was a moment ago, faulty:
 *
 * - `mid-body`: the answer broke after its head had gone to the downstream; nothing can take that back.
 * - `unrepeatable`: a POST without an Idempotency-Key that may have arrived, or one whose body is too large to be kept: that
 *   cannot be sent again even when the connection was refused.
 * - `budget`: the failing answer of a faulty endpoint, passed on because the retry budget was used up. At most one request in a
 *   thousand (verdict.ts).
 *
 * - `starved`: shed without an attempt, or given up for lateness, when this machine did not give the run a processor for a
 *   moment: then every origin seems to queue, and both are right.
 *
 * Everything else is lost, and fails the run.
 */
import type { LoadResult } from "../../src/cli/load/summary.ts";
import { type SoakEvent, wasFaulty } from "./schedule.ts";

export type Verdict = "mid-body" | "unrepeatable" | "budget" | "starved" | "lost";

/** What a stream of requests is: its method, and whether the mesh may send one twice. */
export interface StreamKind {
  readonly name: string;
  readonly repeatable: boolean;
}

/** Faults are put in force by a timer of this process and requests linger at an endpoint: so much later still counts, ms. */
export const GRACE_MS = 3_000;
/** The clocks of the schedule and of the load began so shortly after each other, at most, ms. */
const SKEW_MS = 100;
/** Attempts of a request with the default policy. */
const ATTEMPTS = 3;

/**
 * Judges a failed request.
 *
 * - `names`: the origins, by index of the schedule.
 * - `wasStalled`: the machine could not keep up shortly before.
 */
export function judge(
  result: LoadResult,
  kind: StreamKind,
  events: readonly SoakEvent[],
  names: readonly string[],
  wasStalled: boolean,
): Verdict {
  const span = { fromMs: result.dueAtMs, toMs: result.doneAtMs + SKEW_MS, graceMs: GRACE_MS };
  const tried = attemptedBy(result).map((name) => names.indexOf(name));
  const anyFaulty = names.some((_, origin) => wasFaulty(events, origin, span));
  const breaks = names.some((_, origin) =>
    wasFaulty(events, origin, span, ({ reset, refuse, flapMs }) => !!(reset || refuse || flapMs)),
  );
  if (result.status >= 200 && result.status < 400 && result.error !== "" && breaks) return "mid-body";
  if (wasStalled && isForLateness(result)) return "starved";
  if (!anyFaulty) return "lost";
  if (kind.repeatable) {
    const isPassedOn = result.status >= 500 && tried.length > 0 && tried.length < ATTEMPTS;
    return isPassedOn && tried.every((origin) => wasFaulty(events, origin, span)) ? "budget" : "lost";
  }
  // Without the header (the answer never came) every faulty origin may have been the one.
  const met = tried.length === 0 || tried.some((origin) => origin >= 0 && wasFaulty(events, origin, span));
  return met ? "unrepeatable" : "lost";
}

/** Nothing but time was wrong: no attempt was made, or all that were made timed out. */
function isForLateness({ status, attempts }: LoadResult): boolean {
  if (status === 503 && attempts === "") return true;
  return status === 504 && attempts.split(",").every((word) => word === "" || word.endsWith(":timeout"));
}

/** The endpoints that were attempted, in order: `aws:timeout,gcp:ok` names two. */
export function attemptedBy({ attempts, endpoint }: Pick<LoadResult, "attempts" | "endpoint">): string[] {
  const named = attempts.split(",").filter((word) => word !== "");
  if (named.length === 0) return endpoint === "" ? [] : [endpoint];
  return named.map((word) => word.split(/[:=]/)[0]!);
}
