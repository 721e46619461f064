/** A mesh in trouble logs every failed request, and must not drown in that: so many lines a second and isolate, no more. */
export interface LineLimit {
  readonly perSecond: number;
  secondMs: number;
  lines: number;
  /** Since the last line that was written. */
  leftOut: number;
  /** Ever. */
  written: number;
  dropped: number;
}

/** `perSecond`: ≥ 1. */
export function createLineLimit(perSecond: number): LineLimit {
  return { perSecond, secondMs: 0, lines: 0, leftOut: 0, written: 0, dropped: 0 };
}

/** Whether a line may be written now. Counts it either way. A clock that goes back begins a new second. */
export function mayWrite(limit: LineLimit, nowMs: number): boolean {
  if (nowMs - limit.secondMs >= 1_000 || nowMs < limit.secondMs) {
    limit.secondMs = nowMs;
    limit.lines = 0;
  }
  if (limit.lines >= limit.perSecond) {
    limit.leftOut += 1;
    limit.dropped += 1;
    return false;
  }
  limit.lines += 1;
  limit.written += 1;
  return true;
}
