import { writeFault } from "../origin/fault.ts";
import type { Origin } from "../origin/start-origin.ts";

/** What happened in the demo, in words, with the time since its start. */
export interface EventLog {
  add(text: string): void;
  onFaults(origins: readonly Origin[]): void;
  /** Notes breakers that changed since the last call. */
  onBreakers(breakers: ReadonlyMap<string, string>): void;
  /** Oldest first. */
  events(): readonly string[];
}

const KEPT_EVENTS = 20;

export function createEventLog(): EventLog {
  const startedAt = performance.now();
  const events: string[] = [];
  const faults = new Map<string, string>();
  const states = new Map<string, string>();
  const add = (text: string) => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6);
    events.push(`${seconds} s  ${text}`);
    if (events.length > KEPT_EVENTS) events.shift();
  };
  return {
    add,
    onFaults(origins) {
      for (const origin of origins) {
        const fault = writeFault(origin.fault());
        if ((faults.get(origin.name) ?? "well") !== fault) add(`${origin.name} is ${fault} now`);
        faults.set(origin.name, fault);
      }
    },
    onBreakers(breakers) {
      for (const [endpoint, state] of breakers) {
        if ((states.get(endpoint) ?? "closed") !== state) add(`breaker of ${endpoint} is ${state}`);
        states.set(endpoint, state);
      }
    },
    events: () => events,
  };
}
