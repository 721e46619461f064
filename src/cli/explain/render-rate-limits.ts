import type { Paint } from "../terminal.ts";
import type { ExplainedRateLimit } from "./explanation.ts";

/** Which limits a request counts against, a line for each. */
export function renderRateLimits(limits: readonly ExplainedRateLimit[], paint: Paint): string[] {
  return limits.map((limit) => {
    const { name, algorithm, scope, by, cost, dryRun } = limit;
    const counted = by.length === 0 ? "counted together" : `by ${by.join(", ")}`;
    const units = cost === 1 ? "" : `, ${cost} units`;
    const trial = dryRun ? ", on trial" : "";
    return `rate limit ${paint.bold(name)} ${paint.dim(`${algorithm}, ${scope}, ${counted}${units}${trial}`)}: ${left(limit, paint)}`;
  });
}

function left({ limit, remaining, allowed, dryRun, unasked = [] }: ExplainedRateLimit, paint: Paint): string {
  if (unasked.length > 0) return `at most ${limit}; whose count it is, ${unasked.join(", ")} would say, not asked here`;
  if (remaining === null) return `at most ${limit}`;
  const text = `${remaining} of ${limit} left in this isolate`;
  if (allowed !== false) return text;
  return dryRun ? `${text}, it would be refused` : paint.red(`${text}: the answer is 429`);
}
