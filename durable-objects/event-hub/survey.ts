/**
 * Asks monitors what they know, a few at a time and each with a limit, and remembers what they answered last. One survey
 * serves everybody who looks.
 */

import { type MeshOutline, outlineKey } from "../../src/core/mesh-outline.ts";
import { MESH_CONFIG_NAME, type MeshConfigRpc } from "../../src/core/mesh-version.ts";
import type { MonitorDescription } from "../../src/core/monitor/describe.ts";
import { type MonitorScope, monitorName } from "../../src/core/monitor/monitor-name.ts";
import type { Region } from "../../src/core/region.ts";
import { inParallel } from "../mesh-config/in-parallel.ts";
import type { ServiceMonitorCalls } from "../service-monitor/replies.ts";
import { within } from "../service-monitor/within.ts";

/** What an object may have open at once. */
const AT_ONCE = 6;
const ANSWER_MS = 3_000;
/** Services in one round; the others follow in the next ones, the longest unasked first. */
const MAX_SERVICES = 40;

export interface SurveyEnv {
  readonly SERVICE_MONITOR: { getByName(name: string): Pick<ServiceMonitorCalls, "describe" | "decisions"> };
  readonly MESH_CONFIG: { getByName(name: string): Pick<MeshConfigRpc, "outline" | "history"> };
}

/** What is known of one service. Mutable. */
export interface Surveyed {
  root: MonitorDescription | null;
  readonly regions: Map<Region, MonitorDescription>;
  /** Monitors that gave no answer when they were asked last, by scope. */
  readonly away: Set<MonitorScope>;
  askedMs: number;
}

/** Called with each answer as it comes, before the next question to the same monitor. */
export type OnAnswer = (monitor: string, description: MonitorDescription) => void;

export class Survey {
  readonly #env: SurveyEnv;
  readonly #onAnswer: OnAnswer;
  readonly #eventsAfter: (monitor: string) => number;
  readonly #services = new Map<string, Surveyed>();
  #outline: MeshOutline | null = null;
  #outlineAtMs = Number.NEGATIVE_INFINITY;
  /** Rounds under way, by service: nobody is asked twice at once. */
  readonly #asking = new Map<string, Promise<void>>();

  /** `eventsAfter`: the number of the last event that was taken from a monitor. */
  constructor(env: SurveyEnv, eventsAfter: (monitor: string) => number, onAnswer: OnAnswer) {
    this.#env = env;
    this.#eventsAfter = eventsAfter;
    this.#onAnswer = onAnswer;
  }

  /** The mesh in force as it was heard of last; null: never. */
  get outline(): MeshOutline | null {
    return this.#outline;
  }

  /** When the config object answered last. */
  get outlineAtMs(): number {
    return this.#outlineAtMs;
  }

  /** Undefined for a service that was never asked. */
  get(service: string): Surveyed | undefined {
    return this.#services.get(service);
  }

  /** Asks which mesh is in force; without an answer the one known stays. Never rejects. Fulfilled with whether it is another one. */
  async refreshOutline(): Promise<boolean> {
    const known = this.#outline === null ? undefined : outlineKey(this.#outline);
    try {
      const outline = await within(this.#env.MESH_CONFIG.getByName(MESH_CONFIG_NAME).outline(known), ANSWER_MS);
      this.#outlineAtMs = Date.now();
      if (outline === null) return false;
      this.#outline = outline;
      const names = new Set(outline.services.map(({ name }) => name));
      for (const name of this.#services.keys()) if (!names.has(name)) this.#services.delete(name);
      return true;
    } catch (error) {
      console.warn(JSON.stringify({ event: "mesh_outline_missing", error: String(error) }));
      return false;
    }
  }

  /**
   * Asks the monitors of these services that were not asked since `notSinceMs`: root and regions, the longest unasked first,
   * at most MAX_SERVICES of them. Never rejects.
   */
  async ask(services: Iterable<string>, notSinceMs: number): Promise<void> {
    const askedMs = (service: string) => this.#services.get(service)?.askedMs ?? Number.NEGATIVE_INFINITY;
    const due = [...services].filter((service) => askedMs(service) < notSinceMs || this.#asking.has(service));
    const chosen = due.sort((a, b) => askedMs(a) - askedMs(b)).slice(0, MAX_SERVICES);
    await inParallel(chosen, AT_ONCE, (service) => this.#once(service));
  }

  #once(service: string): Promise<void> {
    const running = this.#asking.get(service);
    if (running !== undefined) return running;
    const started = this.#askService(service).finally(() => this.#asking.delete(service));
    this.#asking.set(service, started);
    return started;
  }

  async #askService(service: string): Promise<void> {
    const surveyed = this.#services.get(service) ?? {
      root: null,
      regions: new Map(),
      away: new Set(),
      askedMs: Number.NEGATIVE_INFINITY,
    };
    this.#services.set(service, surveyed);
    surveyed.askedMs = Date.now();
    const root = await this.#describe(service, "root", surveyed);
    if (root === null) return;
    surveyed.root = root;
    const heard = root.heard.map(({ region }) => region);
    for (const region of surveyed.regions.keys()) if (!heard.includes(region)) surveyed.regions.delete(region);
    for (const region of heard) {
      const description = await this.#describe(service, region, surveyed);
      if (description !== null) surveyed.regions.set(region, description);
    }
  }

  /** Null: no answer, or the mesh of the monitor has no such service. Never rejects. */
  async #describe(service: string, scope: MonitorScope, { away }: Surveyed): Promise<MonitorDescription | null> {
    const name = monitorName(service, scope);
    try {
      const asked = this.#env.SERVICE_MONITOR.getByName(name).describe({ eventsAfter: this.#eventsAfter(name) });
      const reply = await within(asked, ANSWER_MS);
      away.delete(scope);
      if (!reply.ok) return null;
      this.#onAnswer(name, reply.description);
      return reply.description;
    } catch (error) {
      away.add(scope);
      console.warn(JSON.stringify({ event: "monitor_away", monitor: name, error: String(error) }));
      return null;
    }
  }
}
