/** Whether a hook may be called now, and what it says of itself in events. Pure. */
import type { HealingHook } from "../../src/core/mesh-notifications.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import type { Target } from "../../src/telemetry/events/target.ts";
import type { TargetState } from "./notice-store.ts";

const HOUR_MS = 3_600_000;

/** What is said of a hook, before it has an id. */
export type HealingWord = Pick<MeshEvent, "service" | "endpoint" | "severity" | "summary" | "cause"> & {
  readonly hook: string;
};

type Hook = Extract<Target, { kind: "heal" }>;

/** Null: it may be called. Otherwise why it is not. */
export function mayHeal(hook: Hook, state: TargetState, event: MeshEvent, nowMs: number): HealingWord | null {
  const { cooldownMs, maxPerHour, dryRun, name } = hook.settings;
  const whom = of(event);
  if (dryRun) return word(hook, event, "info", `hook ${name} would be called for ${whom} (dry run)`, "dry-run");
  const calledMs = state.calledMs[event.key];
  if (calledMs !== undefined && nowMs - calledMs < cooldownMs) {
    const ago = Math.round((nowMs - calledMs) / 1_000);
    return word(hook, event, "info", `hook ${name} is not called for ${whom}: it was ${ago} s ago`, "cooldown");
  }
  if (state.sentMs.filter((ms) => ms > nowMs - HOUR_MS).length >= maxPerHour) {
    const why = `it was called ${maxPerHour} times in an hour`;
    return word(hook, event, "warning", `hook ${name} is not called for ${whom}: ${why}`, "limit");
  }
  return null;
}

/** The state with a call that is going to be made. */
export function noteCall(state: TargetState, key: string, { cooldownMs }: HealingHook, nowMs: number): TargetState {
  const lately = Object.entries(state.calledMs).filter(([, ms]) => nowMs - ms < cooldownMs);
  return {
    ...state,
    sentMs: [...state.sentMs.filter((ms) => ms > nowMs - HOUR_MS), nowMs],
    calledMs: { ...Object.fromEntries(lately), [key]: nowMs },
  };
}

/** What became of a call. */
export function healed(hook: Hook, event: MeshEvent, isDone: boolean, detail: string): HealingWord {
  const { name } = hook.settings;
  return isDone
    ? word(hook, event, "info", `hook ${name} was called for ${of(event)}: ${detail}`, "called")
    : word(hook, event, "warning", `hook ${name} could not be called for ${of(event)}: ${detail}`, "failed");
}

function word(
  { settings }: Hook,
  { service, endpoint, id }: MeshEvent,
  severity: HealingWord["severity"],
  summary: string,
  result: string,
): HealingWord {
  const cause = { hook: settings.name, on: settings.on, result, event: id };
  return { hook: settings.name, service, endpoint, severity, summary, cause };
}

function of({ endpoint, service }: MeshEvent): string {
  return endpoint === null ? `${service}` : `${endpoint} of ${service}`;
}
