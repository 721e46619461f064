/** What is asked of the canary in a step: each limit, what was seen of it, and whether that is enough. */
import type { RolloutDescription } from "../../../../../src/core/rollout/description.ts";
import { ms, percent } from "../format.ts";
import type { Mood } from "../mesh/health.ts";
import { Badge } from "../parts/badge.tsx";

type Check = NonNullable<RolloutDescription["judgement"]>["checks"][number];

const NAMES: Readonly<Record<Check["limit"], string>> = {
  requests: "Requests, at least",
  failureRatio: "Failures, at most",
  failureRise: "Failures, beside stable",
  p99Ms: "p99, at most",
  p99Ratio: "p99, beside stable",
};

const MOODS: Readonly<Record<Check["verdict"], Mood>> = {
  pass: { tone: "good", word: "Kept" },
  wait: { tone: "unknown", word: "Waiting" },
  fail: { tone: "bad", word: "Broken" },
};

/** - `isUnseen`: the canary has met nothing yet, so that nothing was measured of it. */
export function LimitTable({ checks, isUnseen }: { readonly checks: readonly Check[]; readonly isUnseen: boolean }) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Limit of the step</th>
          <th scope="col" class="number">
            Seen
          </th>
          <th scope="col" class="number">
            Allowed
          </th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {checks.map(({ limit, seen, allowed, verdict }) => (
          <tr key={limit}>
            <th scope="row">{NAMES[limit]}</th>
            <td class="number">{isUnseen && limit !== "requests" ? "–" : shown(limit, seen)}</td>
            <td class="number">{allowed === null ? "unknown" : shown(limit, allowed)}</td>
            <td>
              <Badge mood={MOODS[verdict]} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function shown(limit: Check["limit"], value: number): string {
  if (limit === "requests") return value.toLocaleString("en");
  return limit.startsWith("p99") ? ms(value) : percent(value);
}
