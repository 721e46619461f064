/** Overrides with what has become of them, for operators. A read. */
import type { Monitor } from "./monitor.ts";
import { isMatch, type Override } from "./override.ts";
import { wordOf } from "./told.ts";

/**
 * - `draining`, `drained`: it takes endpoints out, and some of them still have requests, or none has any more.
 * - `in-force`: it does something else to at least one endpoint.
 * - `shadowed`: more specific words are in force on every endpoint that it matches.
 * - `unmatched`: no endpoint is there (yet).
 */
export type OverrideState = "in-force" | "draining" | "drained" | "shadowed" | "unmatched";

export interface OverrideDescription extends Override {
  /** Whose word it is: this object's, or the root's. */
  readonly from: "here" | "root";
  readonly state: OverrideState;
  /** When the last endpoint that it takes out had been without traffic for long enough; null unless it is drained. */
  readonly drainedAtMs: number | null;
  /** How many endpoints it matches, and on how many of them it is in force. */
  readonly matches: number;
  readonly governs: number;
}

/** Every override that has not ended, the object's own first. Linear in overrides × endpoints. */
export function describeOverrides(monitor: Monitor, nowMs: number): readonly OverrideDescription[] {
  const own = monitor.overrides.set.overrides.map((override) => ({ override, from: "here" as const }));
  const above = (monitor.above?.set.overrides ?? []).map((override) => ({ override, from: "root" as const }));
  const live = [...own, ...above].filter(({ override }) => override.untilMs > nowMs);
  if (live.length === 0) return [];
  const words = monitor.service.endpoints.map((_, endpoint) => wordOf(monitor, endpoint, nowMs));
  return live.map(({ override, from }) => describe(monitor, words, override, from));
}

function describe(
  { service, drains }: Monitor,
  words: readonly ReturnType<typeof wordOf>[],
  override: Override,
  from: OverrideDescription["from"],
): OverrideDescription {
  let matches = 0;
  let governs = 0;
  let draining = 0;
  let drainedAtMs: number | null = null;
  for (const [e, endpoint] of service.endpoints.entries()) {
    if (!isMatch(override.target, endpoint)) continue;
    matches++;
    const { whether, weight } = words[e]!;
    if (whether !== override && weight !== override) continue;
    governs++;
    const drain = drains.get(endpoint.id);
    if (drain === undefined) continue;
    if (drain.drainedAtMs === null) draining++;
    else drainedAtMs = Math.max(drainedAtMs ?? 0, drain.drainedAtMs);
  }
  const state = stateOf({ matches, governs, draining, drainedAtMs });
  return { ...override, from, state, drainedAtMs: state === "drained" ? drainedAtMs : null, matches, governs };
}

function stateOf(of: {
  readonly matches: number;
  readonly governs: number;
  readonly draining: number;
  readonly drainedAtMs: number | null;
}): OverrideState {
  if (of.matches === 0) return "unmatched";
  if (of.governs === 0) return "shadowed";
  if (of.draining > 0) return "draining";
  return of.drainedAtMs === null ? "in-force" : "drained";
}
