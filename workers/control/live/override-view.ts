/** Overrides of a service, with what has become of them in all regions. */
import type { OverrideDescription, OverrideState } from "../../../src/core/monitor/describe-overrides.ts";
import type { Override } from "../../../src/core/monitor/override.ts";
import type { WholeService } from "./monitors.ts";

export interface OverrideView extends Omit<Override, "untilMs"> {
  readonly service: string;
  /** Null: until it is cleared. */
  readonly untilMs: number | null;
  /** `drained` once no region has traffic there any more. */
  readonly state: OverrideState;
  readonly matches: number;
}

/** Those that the root keeps. */
export function overridesOf({ root, regions }: WholeService): readonly OverrideView[] {
  return root.overrides.map((override) => {
    const seen = regions.flatMap(({ overrides }) => overrides.filter(({ id }) => id === override.id));
    return overrideView(root.service, override, stateOf(override, seen));
  });
}

export function overrideView(
  service: string,
  { id, target, action, percent, atMs, untilMs, by, reason, matches }: Override & { readonly matches: number },
  state: OverrideState,
): OverrideView {
  const until = Number.isFinite(untilMs) ? untilMs : null;
  return { service, id, target, action, percent, atMs, untilMs: until, by, reason, state, matches };
}

/** A region that still has traffic says more than the root, which has none of its own. */
function stateOf(own: OverrideDescription, seen: readonly OverrideDescription[]): OverrideState {
  if (seen.some(({ state }) => state === "draining")) return "draining";
  if (seen.some(({ state }) => state === "drained")) return "drained";
  return own.state;
}
