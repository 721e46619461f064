/** What policies would have written to the log: AUDIT and trials. As bounded as the log of refusals, and by itself. */
import type { Observation } from "../../core/authz/decision.ts";
import { jsonLine } from "../../telemetry/log/json-line.ts";
import type { Arrived } from "../arrived.ts";
import { requestIdOf } from "../request-id.ts";

const LINES_PER_SECOND = 10;

/** Of this isolate: a mesh that audits everything must not drown what else is logged. */
const log = { secondMs: 0, lines: 0, leftOut: 0 };

/** Writes a line of JSON for each, or counts it as left out. Never throws. */
export function logObservations(
  { request, matched, arrivedAtMs }: Arrived,
  observations: readonly Observation[],
): void {
  if (arrivedAtMs - log.secondMs >= 1_000) {
    log.secondMs = arrivedAtMs;
    log.lines = 0;
  }
  const requestId = requestIdOf(request.headers);
  for (const observation of observations) {
    if (log.lines >= LINES_PER_SECOND) {
      log.leftOut += 1;
      continue;
    }
    log.lines += 1;
    const { leftOut } = log;
    log.leftOut = 0;
    const at = { route: matched.route.name, rule: matched.rule.name, requestId, leftOut };
    console.log(jsonLine({ event: "authorization", ...observation, at }));
  }
}
