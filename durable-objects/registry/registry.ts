/**
 * The Durable Object of a service whose endpoints are found while the mesh runs, named by the service. It hears instances
 * and other sources, keeps the set that follows, and brings it to the service's monitors. This class carries messages, time,
 * alarms and rows; what they mean is decided in src/discovery/registry.
 */
import { DurableObject } from "cloudflare:workers";
import { isReady } from "../../src/discovery/registry/instance.ts";
import { checkHeartbeat, checkRegistration } from "../../src/discovery/registry/request.ts";
import { MAX_INSTANCES } from "../../src/discovery/registry/roster.ts";
import {
  beat,
  configure,
  createRegistry,
  deregister,
  hearSource,
  type RegistryState,
  register,
  type Settings,
  settle,
} from "../../src/discovery/registry/state.ts";
import type { SourceResult } from "../../src/discovery/source.ts";
import { RowSeal, type UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import type { Clusters } from "../cluster-watch/follow-clusters.ts";
import { BeatNotes } from "./beat-notes.ts";
import { Challenger } from "./challenger.ts";
import { describeSources, listInstances, viewOf } from "./describe.ts";
import { Followings } from "./followings.ts";
import { LoadNews } from "./load-news.ts";
import { Looks } from "./looks.ts";
import { MeshSettings, type MeshSettingsEnv } from "./mesh-settings.ts";
import { type AskedMonitors, Recovery } from "./recovery.ts";
import { findInstance, invalid, notRegistrable } from "./refusals.ts";
import type {
  DeregisterReply,
  InstanceReply,
  Leased,
  ListReply,
  RegisterReply,
  RegistrationView,
  RegistryCalls,
  SourcesReply,
} from "./replies.ts";
import { sourceOf } from "./source-of.ts";
import { type Meta, note, persist, type RegistryRows, restore, SEALED_ITEMS, type Written } from "./storage.ts";
import { type Monitors, Teller } from "./teller.ts";

/** Between two sets that have time. */
const SET_MS = 1_000;
/** Between two sets that have none: goodbyes that come together make one. */
const HURRY_MS = 50;

export interface RegistryEnv extends MeshSettingsEnv {
  readonly SERVICE_MONITOR: Monitors & AskedMonitors;
  /** Absent: no cluster is watched. */
  readonly CLUSTER_WATCH?: Clusters;
  /** Of challenges that are answered by HMAC. */
  readonly HEDDLE_CHALLENGE_KEY?: string;
  /** Keys of 32 characters or more, separated by commas; the first writes, all read. Absent: rows are plain text. */
  readonly HEDDLE_STORAGE_KEY?: string;
}

export class Registry extends DurableObject<RegistryEnv> implements RegistryCalls {
  readonly #state: RegistryState;
  readonly #teller: Teller;
  readonly #rows: RegistryRows;
  readonly #recovery: Recovery;
  readonly #written: Written = new Map();
  readonly #challenger: Challenger;
  readonly #mesh: MeshSettings;
  readonly #looks = new Looks(sourceOf);
  readonly #followings: Followings;
  readonly #beats: BeatNotes;
  readonly #loads = new LoadNews();
  #setAtMs = Number.NEGATIVE_INFINITY;
  #alarmAtMs = Number.POSITIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, env);
    const nowMs = Date.now();
    const restored = createRegistry(ctx.id.name ?? "", nowMs);
    const { storage } = ctx;
    // Nothing is sealed anew here: what is stored otherwise is written with the next set.
    this.#rows = { storage, seal: new RowSeal(storage.sql, env.HEDDLE_STORAGE_KEY, "Registry", [SEALED_ITEMS]) };
    const meta = restore(this.#rows, restored, this.#written);
    this.#recovery = new Recovery(env.SERVICE_MONITOR, this.#rows.seal.unopened.rows === 0);
    this.#state = meta === null ? restored : { ...restored, service: ctx.id.name ?? meta.service };
    this.#beats = new BeatNotes(meta);
    this.#beats.dropLate(this.#state);
    this.#challenger = new Challenger(env.HEDDLE_CHALLENGE_KEY ?? "");
    this.#followings = new Followings(env.CLUSTER_WATCH, this.#state.service);
    this.#mesh = new MeshSettings(env, this.#state.service, (settings) => this.#configure(settings));
    this.#teller = new Teller(env.SERVICE_MONITOR, meta?.monitors ?? []);
    if (meta !== null) this.#arm(nowMs);
  }

  async register(id: string, value: unknown): Promise<RegisterReply> {
    await this.#mesh.fresh();
    const refused = notRegistrable(this.#state, this.#mesh.isKnown);
    if (refused !== null) return refused;
    const { registration } = this.#state.settings!.discovery;
    const check = checkRegistration(id, value, registration!.priority, this.#state.settings!.policy);
    if (!check.ok) return invalid(check.faults);
    const nowMs = Date.now();
    const isNew = !this.#state.roster.has(id);
    const lease = crypto.randomUUID();
    const instance = register(this.#state, check.value, lease, nowMs);
    if (instance === null) {
      return { ok: false, error: "too_many", detail: `a service has at most ${MAX_INSTANCES} registered instances` };
    }
    note(this.#rows, this.#state, id, this.#written);
    this.#challenge(nowMs);
    this.#arm(this.#nextSetMs(nowMs));
    return { ok: true, registration: viewOf(this.#state, instance, nowMs), lease, isNew };
  }

  async heartbeat(id: string, value?: unknown): Promise<InstanceReply> {
    const check = checkHeartbeat(value);
    if (!check.ok) return invalid(check.faults);
    const found = findInstance(this.#state, id, (value ?? {}) as Leased);
    if (!found.ok) return found;
    const refused = this.#mesh.isKnown ? notRegistrable(this.#state, true) : null;
    if (refused !== null) return refused;
    const nowMs = Date.now();
    const wasInDoubt = this.#state.doubt !== null;
    if (check.value.load !== undefined) this.#arm(this.#loads.note(id, nowMs));
    const changed = beat(this.#state, found.instance, check.value, nowMs);
    this.#beats.onBeat();
    const instance = this.#state.roster.get(id)!;
    if (changed) {
      note(this.#rows, this.#state, id, this.#written);
      if (isReady(instance)) this.#arm(this.#nextSetMs(nowMs));
      else this.#hurry(nowMs);
    } else if (wasInDoubt || this.#alarmAtMs === Number.POSITIVE_INFINITY) {
      this.#arm(nowMs);
    }
    return { ok: true, registration: viewOf(this.#state, instance, nowMs) };
  }

  async setReadiness(id: string, ready: boolean, by: Leased = {}): Promise<InstanceReply> {
    return this.heartbeat(id, { ready, ...by });
  }

  async deregister(id: string, by: Leased = {}): Promise<DeregisterReply> {
    const found = findInstance(this.#state, id, by);
    if (!found.ok) return found;
    deregister(this.#state, id);
    note(this.#rows, this.#state, id, this.#written);
    await this.#mesh.fresh();
    this.#hurry(Date.now());
    return { ok: true };
  }

  async list(query: { readonly after?: string; readonly limit?: number } = {}): Promise<ListReply> {
    return listInstances(this.#state, query, Date.now());
  }

  async read(id: string): Promise<RegistrationView | null> {
    const instance = this.#state.roster.get(id);
    return instance === undefined ? null : viewOf(this.#state, instance, Date.now());
  }

  async sources(): Promise<SourcesReply> {
    await this.#mesh.fresh();
    return describeSources(this.#state, this.#teller.describe(), Date.now());
  }

  async offer(name: string, result: SourceResult): Promise<boolean> {
    await this.#mesh.fresh();
    const isKnown = hearSource(this.#state, name, result);
    const nowMs = Date.now();
    if (isKnown) this.#arm(this.#nextSetMs(nowMs));
    return isKnown;
  }

  async unopened(): Promise<UnopenedRows> {
    return this.#rows.seal.unopened;
  }

  async refresh(): Promise<{ readonly isDiscovered: boolean }> {
    this.#mesh.expire();
    await this.#mesh.fresh();
    return { isDiscovered: this.#state.settings !== null };
  }

  override async alarm(): Promise<void> {
    this.#alarmAtMs = Number.POSITIVE_INFINITY;
    await this.#mesh.fresh();
    await this.#recovery.ask(this.#state, Date.now());
    const nowMs = Date.now();
    this.#beats.noteIfDue(this.#state, nowMs);
    this.#challenge(nowMs);
    this.#look(nowMs);
    this.#follow(nowMs);
    this.#settle(nowMs);
    await Promise.all([this.#tell(), this.#loads.tell(this.#state, this.#teller, nowMs)]);
  }

  /** Goodbyes and the like: at once, unless that was done a moment ago. */
  #hurry(nowMs: number): void {
    if (nowMs - this.#setAtMs < HURRY_MS) {
      this.#arm(this.#setAtMs + HURRY_MS);
      return;
    }
    this.#settle(nowMs);
    this.ctx.waitUntil(this.#tell());
  }

  /** Draws the conclusions, keeps them, and arms the alarm for what time alone brings. */
  #settle(nowMs: number): void {
    const state = this.#state;
    if (state.settings === null) {
      this.#arm(Math.max(this.#followings.nextMs(null), nowMs + 1));
      if (state.roster.size > 0) this.#arm(Math.max(this.#mesh.dueMs, nowMs + SET_MS));
      return;
    }
    const waitsUntilMs = this.#recovery.waitsUntilMs(nowMs);
    if (waitsUntilMs !== null) {
      this.#arm(waitsUntilMs);
      return;
    }
    const { isNews, nextMs } = settle(state, nowMs);
    if (isNews) this.#setAtMs = nowMs;
    this.#persist();
    const soonestMs = Math.min(
      Math.max(nextMs, this.#setAtMs + SET_MS),
      this.#mesh.dueMs,
      this.#challenger.nextMs(state, nowMs),
      this.#looks.nextMs(state),
      this.#followings.nextMs(state.settings),
      Math.max(this.#beats.dueMs, nowMs),
    );
    this.#arm(Math.max(soonestMs, nowMs + 1));
  }

  #persist(): void {
    const { service, set } = this.#state;
    const { endpoints = [], draining = [], revision = 0 } = set ?? {};
    const order = endpoints.map(({ id }) => id);
    const meta: Meta = { service, monitors: this.#teller.known(), revision, draining, order, ...this.#beats.noted };
    persist(this.#rows, this.#state, meta, this.#written);
  }

  /** Brings the set to those who do not have it. Never rejects. */
  async #tell(): Promise<void> {
    const { set, settings } = this.#state;
    if (set === null || settings === null) return;
    const { laterRevision, otherMesh, retryMs } = await this.#teller.tell(this.#state);
    const current = this.#state.set;
    if (current !== null && laterRevision > current.revision) {
      // Somebody has heard of a later set, which was lost here: this one is later still.
      this.#state.set = { ...current, revision: laterRevision + 1 };
      this.#arm(Date.now());
    }
    if (otherMesh !== "") {
      this.#mesh.expire();
      this.#arm(Date.now() + SET_MS);
    }
    if (retryMs !== null) this.#arm(Date.now() + retryMs);
  }

  #challenge(nowMs: number): void {
    const asked = this.#challenger.start(this.#state, nowMs, (id) => {
      note(this.#rows, this.#state, id, this.#written);
      this.#arm(this.#nextSetMs(Date.now()));
    });
    if (asked !== null) this.ctx.waitUntil(asked);
  }

  #look(nowMs: number): void {
    const seen = this.#looks.start(this.#state, nowMs);
    if (seen === null) return;
    this.ctx.waitUntil(seen.then(() => this.#arm(this.#nextSetMs(Date.now()))));
  }

  #follow(nowMs: number): void {
    const told = this.#followings.start(this.#state.settings, nowMs);
    if (told !== null) this.ctx.waitUntil(told.then(() => this.#arm(this.#followings.nextMs(this.#state.settings))));
  }

  #configure(settings: Settings | null): void {
    const ends = settings === null && this.#state.set !== null;
    configure(this.#state, settings);
    if (ends) this.#persist();
    if (ends) this.ctx.waitUntil(this.#teller.end());
    this.#followings.expire();
    if (settings !== null || this.#followings.nextMs(null) !== Number.POSITIVE_INFINITY) this.#arm(Date.now());
  }

  /** A set that has time is made a second after the last one. */
  #nextSetMs(nowMs: number): number {
    return Math.max(nowMs, this.#setAtMs + SET_MS);
  }

  /** The alarm comes at that time, or before. */
  #arm(dueMs: number): void {
    if (!(dueMs < this.#alarmAtMs)) return;
    this.#alarmAtMs = dueMs;
    void this.ctx.storage.setAlarm(dueMs);
  }
}
