import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { CandidateView } from "../../../src/core/service-state.ts";
import { ask } from "./ask.ts";

/** What /.heddle/state answers: src/edge/state.ts, spelt out here as its callers know it. */
export interface IsolateView {
  readonly meshVersion: string;
  readonly mesh: {
    readonly source: "bundled" | "put" | "colo" | "kv" | "object";
    readonly acceptedAtMs: number;
    readonly ageMs: number;
    readonly loading: string;
    readonly refused: {
      readonly version: string;
      readonly reason: string;
      readonly kind: "load" | "run";
      readonly tries: number;
    } | null;
  };
  readonly region: string;
  readonly attemptsInFlight: number;
  readonly mirrors: { readonly sent: number; readonly tooLarge: number; readonly failed: number };
  readonly bodies: {
    readonly heldBytes: number;
    readonly mostBytes: number;
    readonly declined: number;
    readonly refused: number;
  };
  readonly sessions: {
    readonly begun: number;
    readonly moved: number;
    readonly ended: number;
    readonly refused: number;
  };
  readonly telemetry: {
    readonly lines: { readonly written: number; readonly dropped: number };
    readonly spans: {
      readonly waiting: number;
      readonly exported: number;
      readonly dropped: number;
      readonly lost: number;
      readonly lastError: string;
    };
    readonly points: number;
  } | null;
  readonly problems: readonly string[];
  readonly services: readonly ServiceView[];
  readonly rollouts: readonly { readonly name: string; readonly percent: number; readonly revision: number }[];
}

export interface ServiceView {
  readonly service: string;
  readonly endpointSet: { readonly revision: number; readonly source: string };
  readonly policy: string;
  readonly snapshotAgeMs: number | null;
  readonly sync: {
    readonly calls: number;
    readonly failures: number;
    readonly lastError: string;
    readonly slowdown: number;
  };
  readonly endpoints: readonly CandidateView[];
}

/** What the edge says it knows. */
export async function stateOf(edge: Edge): Promise<IsolateView> {
  const answer = await ask(edge, "/.heddle/state");
  if (answer.status !== 200) throw new Error(`/.heddle/state answered ${answer.status}: ${answer.text}`);
  return JSON.parse(answer.text) as IsolateView;
}

export function serviceIn(state: IsolateView, name: string): ServiceView {
  const found = state.services.find(({ service }) => service === name);
  if (found === undefined) throw new Error(`no service ${name} in ${JSON.stringify(state)}`);
  return found;
}

/** A timer this late means that the machine stood still, not that it is busy. */
const STOOD_STILL_MS = 200;

/**
 * Waits until `holds` says so of what `read` gives, looking every 50 ms. Throws with the last value when it does not
 * within `withinMs` of time in which the machine ran.
 */
export async function until<T>(
  what: string,
  withinMs: number,
  read: () => T | Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  let deadline = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}; last seen: ${JSON.stringify(value)}`);
    }
    const pausedAt = performance.now();
    await pause(50);
    const lateMs = performance.now() - pausedAt - 50;
    if (lateMs > STOOD_STILL_MS) deadline += lateMs;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
