/**
 * A registry whose rows cannot be opened begins again from the set that its monitors have. Told from nothing, they would
 * lose every endpoint that has not registered again yet; so it says nothing until instances had a time to live to do that,
 * and then goes on from what is in force, which the floor lets go slowly.
 */
import type { EndpointSet } from "../../src/core/endpoint-set.ts";
import { REGISTRATION } from "../../src/core/mesh-discovery.ts";
import { monitorName } from "../../src/core/monitor/monitor-name.ts";
import { CONFIGURED, type Member } from "../../src/discovery/registry/pool.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import type { ServiceMonitorCalls } from "../service-monitor/replies.ts";
import { within } from "../service-monitor/within.ts";

const ANSWER_MS = 3_000;
/** Before a monitor that gave no answer is asked again. */
const RETRY_MS = 1_000;

export interface AskedMonitors {
  getByName(name: string): Pick<ServiceMonitorCalls, "endpoints">;
}

export class Recovery {
  readonly #monitors: AskedMonitors;
  /** Until then nothing is told; Infinity: the monitor has not answered yet. */
  #quietUntilMs: number;

  /** - `isWhole`: all rows could be opened. */
  constructor(monitors: AskedMonitors, isWhole: boolean) {
    this.#monitors = monitors;
    this.#quietUntilMs = isWhole ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /** When conclusions may be drawn again, or the monitor is asked again; null: they may be. */
  waitsUntilMs(nowMs: number): number | null {
    if (nowMs >= this.#quietUntilMs) return null;
    return Math.min(this.#quietUntilMs, nowMs + RETRY_MS);
  }

  /** Asks for the set in force, while that is needed. The settings have to be known. Never rejects. */
  async ask(state: RegistryState, nowMs: number): Promise<void> {
    if (this.#quietUntilMs !== Number.POSITIVE_INFINITY || state.settings === null) return;
    let set: EndpointSet | null;
    try {
      set = await within(this.#monitors.getByName(monitorName(state.service, "root")).endpoints(), ANSWER_MS);
    } catch (error) {
      console.warn(JSON.stringify({ event: "registry_not_recovered", service: state.service, error: String(error) }));
      return;
    }
    if (set !== null) takeOver(state, set, nowMs);
    this.#quietUntilMs = nowMs + (state.settings?.discovery.registration?.ttlMs ?? 0);
  }
}

/** What is in force, as if it had been found: who offers it next is where it is from. */
export function takeOver(
  state: RegistryState,
  { revision, endpoints, draining = [] }: EndpointSet,
  nowMs: number,
): void {
  const { registration = null, dns = [], kubernetes = [] } = state.settings?.discovery ?? {};
  const source = registration !== null ? REGISTRATION : ([...dns, ...kubernetes][0]?.name ?? CONFIGURED);
  const none = { lostAtMs: null, takenAtMs: null, flaps: 0, flapsAtMs: nowMs, damped: false };
  const members = endpoints.map((endpoint): [string, Member] => {
    const phase = draining.includes(endpoint.id) ? "draining" : "serving";
    return [endpoint.id, { endpoint, source, phase, sinceMs: nowMs, ...none }];
  });
  state.pool = { members: new Map(members), content: { endpoints, draining }, alarms: [] };
  state.set = { revision, endpoints, draining };
}
