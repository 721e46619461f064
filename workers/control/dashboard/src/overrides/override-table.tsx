import { may } from "../access/session.ts";
import { askClear, targetName } from "../actions/endpoint-actions.ts";
import type { Override } from "../api/shapes.ts";
import { ago, span } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import type { Mood } from "../mesh/health.ts";
import { Badge } from "../parts/badge.tsx";
import { linkTo } from "../router.ts";

const MOODS: Readonly<Record<string, Mood>> = {
  draining: { tone: "warn", word: "Draining" },
  drained: { tone: "off", word: "Drained" },
  "in-force": { tone: "good", word: "In force" },
  shadowed: { tone: "unknown", word: "Shadowed" },
  unmatched: { tone: "unknown", word: "Matches nothing" },
};

interface OverrideTableProps {
  readonly overrides: readonly Override[];
  readonly showService?: boolean;
  readonly onChange?: () => void;
}

export function OverrideTable({ overrides, showService = true }: OverrideTableProps) {
  const now = nowMs.value;
  return (
    <ul class="rows">
      {overrides.map((override) => {
        const { id, service, target, action, percent, state, by, reason, atMs, untilMs } = override;
        return (
          <li key={`${service}/${id}`} class="row">
            <div class="row-main">
              <p>
                {showService && (
                  <>
                    <a href={linkTo("services", service)}>{service}</a>{" "}
                  </>
                )}
                <b>{targetName(target)}</b> {action === "weight" ? `weight ${percent}%` : action}
              </p>
              <p class="soft small">
                {by === "" ? "somebody" : by}, {ago(atMs, now)}
                {reason === "" ? "" : `: ${reason}`} ·{" "}
                {untilMs === null ? "until it is cleared" : `${span(untilMs - now)} left`}
              </p>
            </div>
            <Badge mood={MOODS[state] ?? { tone: "unknown", word: state }} />
            {may("operate", service) && (
              <button type="button" class="button small" onClick={() => askClear(override)}>
                {action === "drain" || action === "disable" ? "Undrain" : "Clear"}
                <span class="for-readers"> {targetName(target)}</span>
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
