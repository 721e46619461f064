/** What a monitor answers when it is asked how its service does. It may run another version of this code: decoded, never cast. */
import type { MonitorTotals } from "../monitor/traffic.ts";
import { checkTally, type TallyColumns, type Totals } from "../rollout/totals.ts";

/** One look at a monitor. */
export interface Look {
  readonly now: Totals;
  /** What they were some minutes ago, in the same life; null: the life is shorter than that. */
  readonly past: Totals | null;
}

/** The counts of a service; requests that found no endpoint have failed. Null for what is none. Never throws. */
export function checkLook(value: unknown): Look | null {
  const { life, past } = (value ?? {}) as Loose<MonitorTotals>;
  const now = tallyOf(value);
  if (now === null || typeof life !== "string") return null;
  const then = tallyOf(past);
  return { now: { life, ...now }, past: then === null ? null : { life, ...then } };
}

type Loose<T> = { readonly [K in keyof T]?: unknown };

function tallyOf(value: unknown): TallyColumns | null {
  const { refused, sum } = (value ?? {}) as Loose<MonitorTotals>;
  const { ok, throttled, connectFailures, timeouts, resets, responses5xx, latency } = (sum ?? {}) as Loose<
    MonitorTotals["sum"]
  >;
  const good = total([ok, throttled]);
  const failed = total([connectFailures, timeouts, resets, responses5xx, refused]);
  return checkTally({ good, failed, latency });
}

/** NaN when one of them is no number. */
function total(counts: readonly unknown[]): number {
  return counts.reduce<number>((sum, count) => sum + (typeof count === "number" ? count : Number.NaN), 0);
}
