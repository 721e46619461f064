/** Events in words and tones, whoever tells them: the monitors themselves, or the hub that gathers them. */
import type { MeshEvent } from "../api/shapes.ts";
import type { Tone } from "./health.ts";

const WORDS: Readonly<Record<string, string>> = {
  opened: "ejected",
  "half-open": "being tried again",
  closed: "back in service",
  "not-ejected": "kept in spite of failures",
  "not-enforced": "would have been ejected",
  health: "health changed",
  check: "health check changed",
  told: "told by an operator",
  "override-ended": "override ended",
  draining: "draining",
  drained: "drained",
  joined: "joined",
  left: "left",
  apply: "config applied",
  rollback: "config rolled back",
  "guard-rollback": "config taken back by its guard",
  "guard-passed": "guard passed",
};

const BAD = /(^|\.)(opened|ejection|guard-rollback|slo)$/;
const WARN = /(^|\.)(half-open|not-ejected|not-enforced|breaker|degrading|failover|forecast|healing)$/;
const GOOD = /(^|\.)(closed|recovery|recovered|guard-passed|joined)$/;

export function eventTone({ type, severity, resolved }: MeshEvent): Tone {
  if (resolved === true || GOOD.test(type)) return "good";
  if (severity === "critical" || BAD.test(type)) return "bad";
  return severity === "warning" || WARN.test(type) ? "warn" : "unknown";
}

/** One line: what happened to whom. */
export function eventTitle(event: MeshEvent): string {
  if (event.summary !== undefined && event.summary !== "") {
    // Names are written as they are: "aws of shop was ejected".
    const isNamed = [event.endpoint, event.service].some((name) => name != null && event.summary!.startsWith(name));
    return isNamed ? event.summary : sentence(event.summary);
  }
  const kind = event.type.split(".").at(-1) ?? event.type;
  const what = WORDS[kind] ?? kind.replaceAll("-", " ");
  const whom = event.endpoint ?? event.service ?? "";
  return whom === "" ? sentence(what) : `${whom} ${what}`;
}

/** What else is known. */
export function eventDetail({ summary, detail = "" }: MeshEvent): string {
  return detail === summary ? "" : detail;
}

export interface EventGroup {
  /** The latest of them. */
  readonly event: MeshEvent;
  readonly times: number;
}

/** One for each condition that comes and goes: what happens again and again is told once. `events`: newest first. */
export function groupEvents(events: readonly MeshEvent[]): readonly EventGroup[] {
  const groups = Map.groupBy(events, ({ key, id, type }) => `${type} ${key ?? id}`);
  return [...groups.values()].map((members) => ({ event: members[0]!, times: members.length }));
}

/** What an event says about traffic to its endpoint from then on; null: nothing. */
export function phaseAfter({ type, resolved, cause }: MeshEvent): "in" | "trial" | "out" | null {
  const kind = type.split(".").at(-1) ?? "";
  if (kind === "opened" || kind === "ejection") return resolved === true ? "in" : "out";
  if (kind === "half-open" || (kind === "breaker" && cause?.state === "half-open")) return "trial";
  return kind === "closed" || kind === "recovery" ? "in" : null;
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
