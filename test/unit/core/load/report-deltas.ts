import type { ReportDelta } from "../../../../src/core/protocol.ts";

/** One endpoint's row of a delta; what is left out is none. */
export type Row = { readonly id: string } & Partial<
  Record<
    | "ok"
    | "latencySumMs"
    | "latencySquareSum"
    | "latencyMinMs"
    | "connectFailures"
    | "timeouts"
    | "resets"
    | "responses5xx"
    | "gateway5xx"
    | "throttled"
    | "trailingFailures"
    | "trailingGateway"
    | "trailingLocal"
    | "overdue"
    | "overdueAgeMs",
    number
  >
>;

/** A delta from rows. `requests` is the number of attempts in them. */
export function deltaOf(rows: readonly Row[], rest: Partial<ReportDelta> = {}): ReportDelta {
  const column = (name: Exclude<keyof Row, "id">, none = 0) => rows.map((row) => row[name] ?? none);
  const attempts = rows.reduce(
    (sum, row) =>
      sum +
      (row.ok ?? 0) +
      (row.connectFailures ?? 0) +
      (row.timeouts ?? 0) +
      (row.resets ?? 0) +
      (row.responses5xx ?? 0) +
      (row.throttled ?? 0),
    0,
  );
  return {
    requests: attempts,
    retriesWanted: 0,
    retries: 0,
    ids: rows.map((row) => row.id),
    ok: column("ok"),
    latencySumMs: column("latencySumMs"),
    latencySquareSum: column("latencySquareSum"),
    latencyMinMs: column("latencyMinMs", Number.POSITIVE_INFINITY),
    connectFailures: column("connectFailures"),
    timeouts: column("timeouts"),
    resets: column("resets"),
    responses5xx: column("responses5xx"),
    gateway5xx: column("gateway5xx"),
    throttled: column("throttled"),
    trailingFailures: column("trailingFailures"),
    trailingGateway: column("trailingGateway"),
    trailingLocal: column("trailingLocal"),
    overdue: column("overdue"),
    overdueAgeMs: column("overdueAgeMs"),
    sketches: [],
    probes: [],
    ...rest,
  };
}
