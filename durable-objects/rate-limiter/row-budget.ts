/**
 * How many rows an object may have and write, whoever asks for them: what is written is paid for, and made-up keys cost their
 * maker nothing. New rows are made only out of the upper half of what may be written, so a flood of keys leaves the rest to
 * those that have rows already.
 */

/** Of an object; 600 bytes each at most without their keys. */
export const MAX_ROWS = 100_000;
/** Rows written a second, in the long run: 260 million a month. */
export const ROWS_PER_SECOND = 100;
/** Rows written at once after a pause. */
export const ROWS_AT_ONCE = 5_000;

/** Mutable; owned by one keeper. */
export interface RowBudget {
  /** Rows there are; of those that other code deletes it hears by `rows` being set. */
  rows: number;
  /** Rows that may be written now. */
  level: number;
  atMs: number;
}

export function createRowBudget(rows: number, nowMs: number): RowBudget {
  return { rows, level: ROWS_AT_ONCE, atMs: nowMs };
}

/** Takes a row to be written, if it may be. `isNew`: no row is written over. Never throws. Constant time. */
export function takeRow(budget: RowBudget, isNew: boolean, nowMs: number): boolean {
  const passedMs = Math.max(0, nowMs - budget.atMs);
  budget.level = Math.min(ROWS_AT_ONCE, budget.level + (passedMs * ROWS_PER_SECOND) / 1_000);
  budget.atMs = nowMs;
  if (isNew && (isFull(budget) || budget.level < ROWS_AT_ONCE / 2)) return false;
  if (budget.level < 1) return false;
  budget.level -= 1;
  if (isNew) budget.rows += 1;
  return true;
}

export function isFull({ rows }: RowBudget): boolean {
  return rows >= MAX_ROWS;
}
