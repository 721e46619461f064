/** What a load run found, gathered result by result. */

export interface LoadResult {
  /** 0, 1, 2 … in the order of sending. */
  readonly index: number;
  /** When it was due, from the start of the run. */
  readonly dueAtMs: number;
  /** When the answer was complete, or the failure certain, from the start of the run. */
  readonly doneAtMs: number;
  /** 0 when there was no answer. */
  readonly status: number;
  /** A complete answer with the expected status. */
  readonly ok: boolean;
  /** `x-heddle-endpoint`, else `x-origin`, else "". */
  readonly endpoint: string;
  /** `x-heddle-attempts`, else "". */
  readonly attempts: string;
  /** From when it was due to the complete answer: a late sender is counted against the system, as open loop demands. */
  readonly latencyMs: number;
  /** Why there is no complete answer, else "". */
  readonly error: string;
}

export interface LoadBucket {
  /** From the start of the run; by the time requests were due. */
  readonly fromMs: number;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** Complete answers of each endpoint. */
  readonly byEndpoint: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadSummary {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** Answers by status; 0 for none. */
  readonly byStatus: Readonly<Record<number, number>>;
  readonly byEndpoint: Readonly<Record<string, number>>;
  readonly timeline: readonly LoadBucket[];
  /** Over `ok` answers; NaN without any. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Most a request was sent after it was due: large values mean that this machine could not keep up. */
  readonly maxLateMs: number;
  readonly seconds: number;
  /** The first failures, at most 20. */
  readonly failures: readonly LoadResult[];
}

const KEPT_FAILURES = 20;

export interface LoadCounts {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
}

interface Tally {
  sent: number;
  ok: number;
  failed: number;
  byEndpoint: Record<string, number>;
  latencies: number[];
}

export interface SummaryBuilder {
  onSent(dueAtMs: number, lateMs: number): void;
  onResult(result: LoadResult): void;
  /** `seconds`: how long requests were sent. A read; may be called at any time. */
  project(seconds: number): LoadSummary;
  counts(): LoadCounts;
}

/** - `bucketMs`: width of the timeline's buckets, > 0. */
export function createSummary(bucketMs: number): SummaryBuilder {
  const total = newTally();
  const buckets: Tally[] = [];
  const byStatus: Record<number, number> = {};
  const failures: LoadResult[] = [];
  let maxLateMs = 0;
  const bucketOf = (dueAtMs: number) => {
    const at = Math.floor(dueAtMs / bucketMs);
    while (buckets.length <= at) buckets.push(newTally());
    return buckets[at]!;
  };
  return {
    onSent(dueAtMs, lateMs) {
      total.sent++;
      bucketOf(dueAtMs).sent++;
      maxLateMs = Math.max(maxLateMs, lateMs);
    },
    onResult(result) {
      byStatus[result.status] = (byStatus[result.status] ?? 0) + 1;
      if (!result.ok && failures.length < KEPT_FAILURES) failures.push(result);
      for (const tally of [total, bucketOf(result.dueAtMs)]) {
        if (result.status !== 0 && result.error === "") {
          tally.byEndpoint[result.endpoint] = (tally.byEndpoint[result.endpoint] ?? 0) + 1;
        }
        if (result.ok) tally.latencies.push(result.latencyMs);
        tally[result.ok ? "ok" : "failed"]++;
      }
    },
    counts: () => ({ sent: total.sent, ok: total.ok, failed: total.failed }),
    project(seconds) {
      const sorted = [...total.latencies].sort((a, b) => a - b);
      return {
        sent: total.sent,
        ok: total.ok,
        failed: total.failed,
        byStatus: { ...byStatus },
        byEndpoint: { ...total.byEndpoint },
        timeline: buckets.map((tally, at) => toBucket(tally, at * bucketMs)),
        p50Ms: percentile(sorted, 50),
        p99Ms: percentile(sorted, 99),
        maxMs: sorted.at(-1) ?? Number.NaN,
        maxLateMs,
        seconds,
        failures: [...failures],
      };
    },
  };
}

function newTally(): Tally {
  return { sent: 0, ok: 0, failed: 0, byEndpoint: {}, latencies: [] };
}

function toBucket(tally: Tally, fromMs: number): LoadBucket {
  const sorted = [...tally.latencies].sort((a, b) => a - b);
  const { sent, ok, failed } = tally;
  const byEndpoint = { ...tally.byEndpoint };
  return { fromMs, sent, ok, failed, byEndpoint, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99) };
}

/**
 * The smallest value that at least `percent` of the values do not exceed (nearest rank). NaN for no values.
 *
 * - `sorted`: ascending.
 * - `percent`: 0 < percent ≤ 100.
 */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
