/** What operators say of an endpoint: the third source of health, beside traffic and probes. */
import type { HealthCode } from "../protocol.ts";

export const ACTIONS = ["drain", "disable", "force-healthy", "force-unhealthy", "clear"] as const;
export type Action = (typeof ACTIONS)[number];

/** What to do with an endpoint. `clear` takes the last word back. */
export interface OperatorCommand {
  readonly endpoint: string;
  readonly action: Action;
  /** It is forgotten after this long; 0 or missing: until it is cleared. */
  readonly forMs?: number;
  /** Who says so, for the record. */
  readonly by?: string;
}

export interface Directive {
  readonly action: Exclude<Action, "clear">;
  readonly atMs: number;
  /** Infinity: until cleared. */
  readonly untilMs: number;
  readonly by: string;
}

/** Longest a directive may be limited to; longer is better said without a limit. 30 days. */
const MAX_FOR_MS = 30 * 24 * 3_600_000;

export type CommandCheck =
  | { readonly ok: true; readonly command: OperatorCommand }
  | { readonly ok: false; readonly detail: string };

/** Decodes what was sent as a command. Never throws. */
export function checkCommand(value: unknown): CommandCheck {
  if (typeof value !== "object" || value === null) return { ok: false, detail: "not an object" };
  const { endpoint, action, forMs, by } = value as Record<string, unknown>;
  if (typeof endpoint !== "string") return { ok: false, detail: "endpoint is not a string" };
  if (!(ACTIONS as readonly unknown[]).includes(action))
    return { ok: false, detail: `action is not one of ${ACTIONS.join(", ")}` };
  if (forMs !== undefined && !(typeof forMs === "number" && forMs >= 0 && forMs <= MAX_FOR_MS)) {
    return { ok: false, detail: `forMs is not a number from 0 to ${MAX_FOR_MS}` };
  }
  if (by !== undefined && (typeof by !== "string" || by.length > 256)) {
    return { ok: false, detail: "by is not a string of at most 256 characters" };
  }
  return {
    ok: true,
    command: {
      endpoint,
      action: action as Action,
      ...(forMs === undefined ? {} : { forMs }),
      ...(by === undefined ? {} : { by }),
    },
  };
}

/** The directive a command leaves behind; null for `clear`. */
export function directiveOf(command: OperatorCommand, nowMs: number): Directive | null {
  if (command.action === "clear") return null;
  const { forMs = 0, by = "" } = command;
  return { action: command.action, atMs: nowMs, untilMs: forMs > 0 ? nowMs + forMs : Number.POSITIVE_INFINITY, by };
}

/** The health a directive stands for now; null without one, or after its end. */
export function toldHealth(directive: Directive | null, nowMs: number): HealthCode | null {
  if (directive === null || nowMs >= directive.untilMs) return null;
  switch (directive.action) {
    case "drain":
      return 4;
    case "disable":
      return 5;
    case "force-healthy":
      return 1;
    case "force-unhealthy":
      return 2;
  }
}
