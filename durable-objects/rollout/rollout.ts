/**
 * The Durable Object of a rollout. Its alarm goes round the monitors of both services every few seconds while a step is in
 * force: it tells them the weight and learns their counts. What those mean is decided in src/core/rollout; this class
 * carries time, messages and rows.
 */
import { DurableObject } from "cloudflare:workers";
import bundled from "heddle:mesh";
import type { Mesh } from "../../src/core/mesh.ts";
import { describeRollout, type RolloutDescription, type RolloutEvent } from "../../src/core/rollout/description.ts";
import { type Look, NO_EVIDENCE, onLook, onNextStep, sidesIn } from "../../src/core/rollout/evidence.ts";
import { type Judgement, judge } from "../../src/core/rollout/judge.ts";
import {
  ACTIONS,
  advance,
  idleRollout,
  isActive,
  operate,
  percentOf,
  type RolloutAction,
  type RolloutState,
} from "../../src/core/rollout/rollout.ts";
import type { RolloutWord } from "../../src/core/rollout/word.ts";
import { checkMesh } from "../mesh-config/check-mesh.ts";
import { MESH_CONFIG_NAME } from "../mesh-config/mesh-config.ts";
import { within } from "../service-monitor/within.ts";
import { type Config, readEvents, readStored, type Stored, write } from "./storage.ts";
import { type Monitors, survey } from "./survey.ts";

/** Between two rounds while a step is in force. A written row or two each; a bad canary is noticed that much later. */
const ROUND_MS = 2_000;
/** Between two rounds when a weight that is no longer judged has not reached every monitor. */
const REPEAT_MS = 5_000;
/** It has so long to answer. */
const MESH_ANSWER_MS = 3_000;
const MAX_OPERATOR_LENGTH = 256;

export interface RolloutEnv {
  readonly SERVICE_MONITOR: Monitors;
  readonly MESH_CONFIG?: { getByName(name: string): { current(): Promise<Mesh | null> } };
}

/** What an operator says. */
export interface RolloutCommand {
  readonly action: RolloutAction;
  /** Who says so, for the history. Default "". */
  readonly by?: string;
}

export type RolloutReply =
  | { readonly ok: true; readonly description: RolloutDescription }
  | {
      readonly ok: false;
      readonly error: "unknown_rollout" | "invalid_command" | "not_possible";
      readonly detail: string;
    };

export class Rollout extends DurableObject<RolloutEnv> {
  readonly #name: string;
  /** Null while no mesh has a rollout of this name. */
  #record: Stored | null;
  #judgement: Judgement | null = null;
  #unheard: readonly string[] = [];
  #meshVersion = bundled.version;

  constructor(ctx: DurableObjectState, env: RolloutEnv) {
    super(ctx, env);
    this.#record = readStored(ctx.storage.sql);
    this.#name = ctx.id.name ?? this.#record?.name ?? "";
    this.#adopt(bundled, Date.now());
  }

  /** The state, what was seen, and the history. */
  async describe(): Promise<RolloutReply> {
    await this.#refreshMesh();
    await this.#rearm();
    return this.#described();
  }

  /** The platform gives an alarm up that has failed six times; whoever looks sets it again. */
  async #rearm(): Promise<void> {
    const { storage } = this.ctx;
    if (this.#record === null || !isActive(this.#record.state) || (await storage.getAlarm()) !== null) return;
    await storage.setAlarm(Date.now() + ROUND_MS);
  }

  /** An operator's word. Durable when answered; the monitors are told at once after it. */
  async operate(value: RolloutCommand): Promise<RolloutReply> {
    const command = checkCommand(value);
    if (command === null) {
      return { ok: false, error: "invalid_command", detail: `action is one of ${ACTIONS.join(", ")}` };
    }
    await this.#refreshMesh();
    const record = this.#record;
    if (record === null) return this.#described();
    const nowMs = Date.now();
    const told = operate(record.state, record.config.plan, command.action, nowMs);
    if (!told.ok) return { ok: false, error: "not_possible", detail: `${command.action}: ${told.detail}` };
    this.#become(record, told.state, command.by);
    await this.ctx.storage.setAlarm(nowMs);
    return this.#described();
  }

  override async alarm(): Promise<void> {
    const before = this.#record;
    if (before === null || before.state.revision === 0) return;
    const word = wordOf(before);
    const known = [...Object.keys(before.evidence.marks), ...before.heard];
    const found = await survey(this.env.SERVICE_MONITOR, word, known, this.#meshVersion);
    if (found.otherMesh !== "") await this.#refreshMesh();
    const record = this.#record;
    if (record === null) return;
    const nowMs = Date.now();
    // An operator may have spoken meanwhile: then this round was about another weight.
    const isOvertaken = record.state.revision !== word.revision;
    if (!isOvertaken) this.#weigh(record, found.looks, found.heard, nowMs);
    this.#unheard = found.unheard;
    const waitMs = this.#waitMs(word.revision);
    if (waitMs !== null) await this.ctx.storage.setAlarm(Date.now() + waitMs);
  }

  /** Takes in what a round found, and does what follows from it. */
  #weigh(record: Stored, looks: readonly Look[], heard: readonly string[], nowMs: number): void {
    const { plan } = record.config;
    if (!isActive(record.state)) {
      this.#save({ ...record, heard: union(record.heard, heard) }, null);
      return;
    }
    const evidence = looks.reduce(onLook, record.evidence);
    this.#judgement = judge(sidesIn(evidence, plan.analysis, percentOf(record.state, plan)), plan.analysis);
    const next = { ...record, evidence, heard: union(record.heard, heard) };
    const state = advance(record.state, plan, this.#judgement, nowMs);
    if (state === record.state) this.#save(next, null);
    else this.#become(next, state, "");
  }

  /** Puts another state in force. What was seen is of the former step, but for where the monitors' counts stood. */
  #become(record: Stored, state: RolloutState, by: string): void {
    const { plan } = record.config;
    const isAnotherStep = state.revision !== record.state.revision;
    const begins = isActive(state) && !isActive(record.state);
    // A rollout that ends keeps what it was judged by, for those who look.
    const evidence = begins
      ? NO_EVIDENCE
      : isAnotherStep && isActive(state)
        ? onNextStep(record.evidence, plan.analysis)
        : record.evidence;
    if (isAnotherStep && isActive(state)) this.#judgement = null;
    const percent = percentOf(state, plan);
    const { phase, step, why } = state;
    const event: RolloutEvent = { atMs: Date.now(), phase, step, percent, why, by };
    this.#save({ ...record, state, evidence }, event);
  }

  #save(record: Stored, event: RolloutEvent | null): void {
    this.#record = record;
    write(this.ctx.storage, record, event);
  }

  /** When to go round again; null: there is nothing to do. */
  #waitMs(saidRevision: number): number | null {
    const record = this.#record;
    if (record === null || record.state.revision === 0) return null;
    if (record.state.revision !== saidRevision) return 0;
    if (isActive(record.state)) return ROUND_MS;
    return this.#unheard.length > 0 ? REPEAT_MS : null;
  }

  #described(): RolloutReply {
    const record = this.#record;
    if (record === null) {
      return { ok: false, error: "unknown_rollout", detail: `the mesh has no rollout ${this.#name}` };
    }
    const { config, state, evidence } = record;
    const { plan, stable, canary } = config;
    const history = readEvents(this.ctx.storage.sql);
    const services = { stable, canary };
    const [judgement, unheard, nowMs] = [this.#judgement, this.#unheard, Date.now()];
    return {
      ok: true,
      description: describeRollout({ plan, services, state, evidence, judgement, unheard, history, nowMs }),
    };
  }

  /** Asks for the mesh in force. Without an answer the one that is known stays. Never rejects. */
  async #refreshMesh(): Promise<void> {
    const namespace = this.env.MESH_CONFIG;
    if (namespace === undefined) return;
    try {
      const mesh = await within(namespace.getByName(MESH_CONFIG_NAME).current(), MESH_ANSWER_MS);
      const check = mesh === null ? null : checkMesh(mesh);
      if (check?.ok) this.#adopt(check.mesh, Date.now());
    } catch {
      // The next word of an operator, or of a monitor with another mesh, asks again.
    }
  }

  /** Runs the rollout as a mesh has it, unless a later one is known. Between other services it is another rollout. */
  #adopt(mesh: Mesh, nowMs: number): void {
    const record = this.#record;
    if (record !== null && mesh.compiledAtMs <= record.config.compiledAtMs) {
      if (mesh.compiledAtMs === record.config.compiledAtMs) this.#meshVersion = mesh.version;
      return;
    }
    this.#meshVersion = mesh.version;
    const config = configIn(mesh, this.#name);
    if (config === null) {
      // Nobody asks for it any more; what is stored tells a later one of its name which revision comes next.
      if (record !== null && record.state.phase !== "idle") this.#forget(record, nowMs);
      this.#record = null;
    } else if (record === null) {
      const revision = readStored(this.ctx.storage.sql)?.state.revision ?? 0;
      this.#record = {
        name: this.#name,
        config,
        state: idleRollout(revision, nowMs),
        evidence: NO_EVIDENCE,
        heard: [],
      };
    } else if (record.config.stable === config.stable && record.config.canary === config.canary) {
      this.#record = { ...record, config };
    } else {
      this.#forget({ ...record, config }, nowMs);
    }
  }

  /** Back to the beginning: words about the former services mean nothing to isolates that have the new ones. */
  #forget(record: Stored, nowMs: number): void {
    const state = { ...idleRollout(record.state.revision, nowMs), why: "the config has changed its services" };
    const event = { atMs: nowMs, phase: state.phase, step: 0, percent: 0, why: state.why, by: "" };
    this.#judgement = null;
    this.#save({ ...record, state, evidence: NO_EVIDENCE, heard: [] }, event);
  }
}

function configIn({ rollouts, services, compiledAtMs }: Mesh, name: string): Config | null {
  const plan = rollouts?.find((one) => one.name === name);
  if (plan === undefined) return null;
  return { plan, stable: services[plan.stable]!.name, canary: services[plan.canary]!.name, compiledAtMs };
}

function wordOf({ name, config, state }: Stored): RolloutWord {
  const { stable, canary, plan } = config;
  return { name, stable, canary, percent: percentOf(state, plan), revision: state.revision };
}

function checkCommand(value: unknown): { readonly action: RolloutAction; readonly by: string } | null {
  if (typeof value !== "object" || value === null) return null;
  const { action, by = "" } = value as Partial<Record<keyof RolloutCommand, unknown>>;
  if (!ACTIONS.includes(action as RolloutAction) || typeof by !== "string") return null;
  return { action: action as RolloutAction, by: by.slice(0, MAX_OPERATOR_LENGTH) };
}

function union(known: readonly string[], more: readonly string[]): readonly string[] {
  return more.every((name) => known.includes(name)) ? known : [...new Set([...known, ...more])];
}
