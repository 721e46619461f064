/**
 * Brings the set, and those of the subsets, to the monitors: the root of each, and the regions that it has heard of. Each
 * monitor has a lane of its own, so that one that is slow keeps no other waiting; a lane goes on until its monitor has
 * what is in force.
 */
import type { EndpointSet } from "../../src/core/endpoint-set.ts";
import { monitorName, parseMonitorName } from "../../src/core/monitor/monitor-name.ts";
import { isRegion } from "../../src/core/region.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import { subsetOf } from "../../src/discovery/registry/subset.ts";
import type { CarryEndpointsReply, ServiceMonitorCalls } from "../service-monitor/replies.ts";
import { within } from "../service-monitor/within.ts";
import type { SourcesReply } from "./replies.ts";

/** A monitor has so long to answer. */
const ANSWER_MS = 3_000;
/** Before a monitor that did not take a set is told again: twice as long each time. */
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;
/** Names of monitors that are remembered; a service has at most 12, and so has each of its subsets. */
const MAX_KNOWN = 1_000;

export interface Monitors {
  getByName(name: string): Pick<ServiceMonitorCalls, "carryEndpoints" | "carryLoads">;
}

export interface Told {
  /** A revision that a monitor has, later than what it was told; 0: none. */
  readonly laterRevision: number;
  /** A mesh that a monitor runs and the registry does not; "" for none. */
  readonly otherMesh: string;
  /** When to tell those again that did not take it; null: all have it. */
  readonly retryMs: number | null;
}

/** Mutable. */
interface Lane {
  readonly service: string;
  /** Revision that the monitor has; 0: none. */
  revision: number;
  isBusy: boolean;
  failures: number;
  error: string;
}

export class Teller {
  readonly #monitors: Monitors;
  /** By name of the monitor. */
  readonly #lanes = new Map<string, Lane>();
  /** Of the service and its subsets, as they are in force. */
  readonly #sets = new Map<string, EndpointSet>();
  #meshVersion = "";
  #otherMesh = "";
  #laterRevision = 0;

  /** `known`: monitors that were heard of in a former life. */
  constructor(monitors: Monitors, known: readonly string[]) {
    this.#monitors = monitors;
    for (const name of known) {
      const parts = parseMonitorName(name);
      if (parts !== null) this.#lane(name, parts.service);
    }
  }

  /** Monitors that were ever heard of, in the order of names. */
  known(): readonly string[] {
    return [...this.#lanes.keys()].sort();
  }

  describe(): SourcesReply["monitors"] {
    const lanes = [...this.#lanes].sort(([a], [b]) => (a < b ? -1 : 1));
    const isTold = ({ service, revision }: Lane) => revision > 0 && revision === this.#sets.get(service)?.revision;
    return {
      told: lanes.filter(([, lane]) => isTold(lane)).map(([name]) => name),
      untold: lanes.filter(([, lane]) => !isTold(lane)).map(([name]) => name),
      error: lanes.find(([, { error }]) => error !== "")?.[1].error ?? "",
    };
  }

  /** Tells all monitors what is in force and they do not have. Never rejects. Takes two answers at most, unless it is called again. */
  async tell(state: RegistryState): Promise<Told> {
    this.#meshVersion = state.settings?.meshVersion ?? "";
    this.#otherMesh = "";
    this.#laterRevision = 0;
    this.#takeSets(state);
    for (const service of this.#sets.keys()) this.#lane(monitorName(service, "root"), service);
    await Promise.all([...this.#lanes].map(([name, lane]) => this.#run(name, lane)));
    const failures = Math.max(0, ...[...this.#lanes.values()].map((lane) => lane.failures));
    const retryMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, failures - 1));
    return {
      laterRevision: this.#laterRevision,
      otherMesh: this.#otherMesh,
      retryMs: failures === 0 ? null : retryMs,
    };
  }

  /** Tells all monitors what endpoints say of their load. It is not said again to those that miss it. Never rejects. */
  async tellLoads(ids: readonly string[], loads: readonly number[]): Promise<void> {
    await Promise.all(
      [...this.#lanes].map(async ([name, { service }]) => {
        try {
          const reply = await within(this.#monitors.getByName(name).carryLoads({ service, ids, loads }), ANSWER_MS);
          // Regions that are new to the root have the set from there, but nobody else tells them loads.
          for (const region of reply.ok ? reply.regions.filter(isRegion) : []) {
            this.#lane(monitorName(service, region), service);
          }
        } catch {
          // The next loads are a moment away.
        }
      }),
    );
  }

  /** Discovery has ended: monitors go back to what the mesh lists. Said once; those of the service itself see it in the mesh. */
  async end(): Promise<void> {
    const lanes = [...this.#lanes];
    this.#lanes.clear();
    this.#sets.clear();
    await Promise.all(
      lanes.map(async ([name, { service }]) => {
        const told = this.#monitors.getByName(name).carryEndpoints({ service, set: null });
        await within(told, ANSWER_MS).catch(() => null);
      }),
    );
  }

  #takeSets({ service, set, settings }: RegistryState): void {
    if (set === null) return;
    const before = new Map(this.#sets);
    this.#sets.clear();
    this.#sets.set(service, set);
    for (const subset of settings?.discovery.subsets ?? []) {
      const part = subsetOf(set, subset.labels, before.get(subset.service) ?? null);
      if (part !== null) this.#sets.set(subset.service, part);
    }
    for (const [name, lane] of this.#lanes) if (!this.#sets.has(lane.service)) this.#lanes.delete(name);
  }

  #lane(name: string, service: string): Lane | null {
    const known = this.#lanes.get(name);
    if (known !== undefined || this.#lanes.size >= MAX_KNOWN) return known ?? null;
    const lane: Lane = { service, revision: 0, isBusy: false, failures: 0, error: "" };
    this.#lanes.set(name, lane);
    return lane;
  }

  async #run(name: string, lane: Lane): Promise<void> {
    if (lane.isBusy) return;
    lane.isBusy = true;
    const learned: Promise<void>[] = [];
    for (let set = this.#sets.get(lane.service); set !== undefined && lane.revision !== set.revision; ) {
      const reply = await this.#ask(name, lane.service, set);
      if (typeof reply === "string") {
        lane.error = `${name}: ${reply}`;
        lane.failures++;
        break;
      }
      Object.assign(lane, { revision: set.revision, error: "", failures: 0 });
      if (reply.meshVersion !== this.#meshVersion) this.#otherMesh = reply.meshVersion;
      if (reply.revision > set.revision) this.#laterRevision = Math.max(this.#laterRevision, reply.revision);
      for (const region of reply.regions.filter(isRegion)) {
        const regional = monitorName(lane.service, region);
        const other = this.#lane(regional, lane.service);
        if (other !== null) learned.push(this.#run(regional, other));
      }
      set = this.#sets.get(lane.service);
    }
    lane.isBusy = false;
    await Promise.all(learned);
  }

  /** What the monitor answered, or why there is no good answer. Never rejects. */
  async #ask(
    name: string,
    service: string,
    set: EndpointSet,
  ): Promise<Extract<CarryEndpointsReply, { ok: true }> | string> {
    try {
      const reply = await within(this.#monitors.getByName(name).carryEndpoints({ service, set }), ANSWER_MS);
      return reply.ok ? reply : `${reply.error}: ${reply.detail}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
