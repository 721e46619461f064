import { expect, it } from "vitest";
import {
  createRowBudget,
  MAX_ROWS,
  ROWS_AT_ONCE,
  ROWS_PER_SECOND,
  takeRow,
} from "../../../../durable-objects/rate-limiter/row-budget.ts";

function written(budget: ReturnType<typeof createRowBudget>, isNew: boolean, tries: number, nowMs: number): number {
  let rows = 0;
  for (let n = 0; n < tries; n++) if (takeRow(budget, isNew, nowMs)) rows++;
  return rows;
}

it("a flood of new rows leaves half of what may be written to those there are", () => {
  const budget = createRowBudget(0, 0);
  expect(written(budget, true, 1e5, 0)).toBeCloseTo(ROWS_AT_ONCE / 2, -1);
  expect(written(budget, false, 1e5, 0)).toBeCloseTo(ROWS_AT_ONCE / 2, -1);
});

it("no more rows are written in the long run than the rate allows, whatever is asked for", () => {
  const budget = createRowBudget(0, 0);
  let rows = 0;
  for (let second = 0; second < 600; second++) {
    rows += written(budget, true, 500, second * 1_000) + written(budget, false, 500, second * 1_000);
  }
  expect(rows).toBeLessThanOrEqual(ROWS_AT_ONCE + 600 * ROWS_PER_SECOND);
  expect(rows).toBeGreaterThan(590 * ROWS_PER_SECOND);
});

it("there are never more rows than there may be, and those there are go on being written", () => {
  const budget = createRowBudget(MAX_ROWS - 10, 0);
  expect(written(budget, true, 100, 0)).toBe(10);
  expect(budget.rows).toBe(MAX_ROWS);
  expect(takeRow(budget, false, 0)).toBe(true);
});

it("a clock that goes back gives no rows", () => {
  const budget = createRowBudget(0, 1e6);
  written(budget, false, 1e5, 1e6);
  expect(takeRow(budget, false, 0)).toBe(false);
  expect(takeRow(budget, false, 9)).toBe(false);
});
