import { parseDuration } from "../../config/duration.ts";
import type { DailyShape } from "../../simulate/world/arrivals.ts";
import type { Reading } from "./targets.ts";

/**
 * Requests by the hour from midnight, relative to each other: quiet before dawn, busy from noon, most in the evening. Made
 * up; whoever knows their own day states it.
 */
const USUAL_DAY = [7, 5, 4, 3, 3, 4, 6, 8, 10, 11, 12, 12, 13, 13, 13, 13, 14, 15, 16, 17, 18, 17, 14, 10];

/**
 * Reads the shape of a day: `24h` for the usual one in so long, `10m:1,2,5,2` for one of equal parts with these rates.
 *
 * Never throws.
 */
export function readDailyShape(text: string): Reading<DailyShape> {
  const [length = "", rateText] = text.split(":", 2);
  const periodMs = parseDuration(length);
  if (periodMs === null || periodMs < MIN_PERIOD_MS) {
    return { ok: false, message: `"${length}" is not the length of a day, from 1s: expected 24h, or 10m:1,2,5,2` };
  }
  if (rateText === undefined) return { ok: true, value: { periodMs, rates: USUAL_DAY } };
  const rates = rateText.split(",").map((rate) => (/^\d+(\.\d+)?$/.test(rate.trim()) ? Number(rate) : Number.NaN));
  if (rates.some(Number.isNaN) || rates.every((rate) => rate === 0)) {
    return { ok: false, message: `"${rateText}" is not a list of rates such as 1,2,5,2` };
  }
  return { ok: true, value: { periodMs, rates } };
}

const MIN_PERIOD_MS = 1_000;
