/** When the hub does what: rounds for those who look, alarms for all else. */
import type { MeshOutline } from "../../src/core/mesh-outline.ts";
import { MESH_CONFIG_NAME } from "../../src/core/mesh-version.ts";
import { RowSeal } from "../../src/security/at-rest/row-seal.ts";
import { parseAllowances } from "../../src/security/endpoint-url.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import { inParallel } from "../mesh-config/in-parallel.ts";
import type { RegistryCalls } from "../registry/replies.ts";
import type { Rollout } from "../rollout/rollout.ts";
import { within } from "../service-monitor/within.ts";
import type { Audience } from "./audience.ts";
import { type Cadence, KEPT, LIVE, TOLD } from "./cadence.ts";
import { Collector, type Told } from "./collector.ts";
import { Decisions } from "./decisions.ts";
import { Deliverer } from "./deliverer.ts";
import { EdgeProblems, type ProblemsEnv } from "./edge-problems.ts";
import { EventStore, SEALED_EVENTS, SEALED_FACTS } from "./event-store.ts";
import type { HealingWord } from "./healing.ts";
import type { Looker } from "./looker.ts";
import { NoticeStore, SEALED_NOTICES } from "./notice-store.ts";
import { Notifier, targetEvent } from "./notifier.ts";
import { secretsOf } from "./send.ts";
import { Survey, type SurveyEnv } from "./survey.ts";
import { type Topology, topologyOf, type Visible } from "./topology.ts";

export interface EventHubEnv extends SurveyEnv, ProblemsEnv {
  readonly ROLLOUT?: { getByName(name: string): Pick<Rollout, "describe"> };
  readonly REGISTRY?: { getByName(name: string): Pick<RegistryCalls, "sources"> };
  /** What URLs of receivers may be, beside public https: "http,private,loopback". */
  readonly HEDDLE_ALLOW_ENDPOINTS?: string;
  /** Keys of 32 characters or more, separated by commas; the first writes, all read. Absent: rows are plain text. */
  readonly HEDDLE_STORAGE_KEY?: string;
}

/** Between two states that are sent. */
const LIVE_MS = 1_500;
/** What was asked so lately is not asked again. */
const FRESH_MS = 1_000;
/** The alarm that starts the rounds again should the object lose its memory while somebody looks. */
const WATCHDOG_MS = 10_000;
const ANSWER_MS = 3_000;
const AT_ONCE = 6;
const MAX_VERSIONS = 20;
/** Rows that are sealed anew with an alarm, while there are such. */
const RESEALED = 200;
/** Under this name the targets of the last mesh are kept: what happens first after an eviction is for them. */
const TARGETS = "targets";

export class Rounds {
  readonly seal: RowSeal;
  readonly store: EventStore;
  readonly notices: NoticeStore;
  readonly notifier: Notifier;
  readonly #ctx: DurableObjectState;
  readonly #env: EventHubEnv;
  readonly #audience: Audience;
  readonly #collector: Collector;
  readonly #survey: Survey;
  readonly #problems: EdgeProblems;
  readonly #deliverer: Deliverer;
  readonly #decisions: Decisions;
  #isLive = false;
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #meshAskedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: EventHubEnv, audience: Audience) {
    this.#ctx = ctx;
    this.#env = env;
    this.#audience = audience;
    const { storage } = ctx;
    const sealed = [SEALED_EVENTS, SEALED_FACTS, ...SEALED_NOTICES];
    this.seal = new RowSeal(storage.sql, env.HEDDLE_STORAGE_KEY, "EventHub", sealed);
    this.store = new EventStore(storage, this.seal);
    this.notices = new NoticeStore(storage, this.seal);
    const onHealing = (word: HealingWord) => this.#onHealing(word);
    this.notifier = new Notifier({ storage, store: this.notices, onHealing });
    const known = this.store.facts<Pick<MeshOutline, "notifications" | "selfHealing">>(TARGETS).get("");
    if (known !== undefined) this.notifier.setTargets(known);
    this.#collector = new Collector(this.store, (told) => this.#onTold(told));
    const outbound = {
      secret: secretsOf(env),
      allow: parseAllowances(env.HEDDLE_ALLOW_ENDPOINTS).allow,
      fetch: (url: string, init: RequestInit) => fetch(url, init),
    };
    this.#deliverer = new Deliverer({
      ...{ storage, store: this.notices, outbound, onHealing },
      onTarget: (target, dead) => this.record([targetEvent(target, this.#stamp(null), dead)]),
    });
    this.#decisions = new Decisions(env.SERVICE_MONITOR);
    this.#problems = new EdgeProblems(env);
    this.#survey = new Survey(
      env,
      (monitor) => this.#collector.eventsAfter(monitor),
      (monitor, description) => this.#collector.onDescription(monitor, description, Date.now()),
    );
  }

  topology(visible: Visible): Topology | null {
    const { outline } = this.#survey;
    if (outline === null) return null;
    const problems = (service: string) => this.#problems.of(service);
    return topologyOf(outline, (service) => this.#survey.get(service), problems, visible, Date.now());
  }

  /** Services of these that a monitor of gave no answer lately. */
  missing(services: readonly string[] | null): readonly string[] {
    const names = services ?? this.#names();
    return names.filter((name) => (this.#survey.get(name)?.away.size ?? 0) > 0);
  }

  /** Asks what is not fresh, of the mesh and of these services. Never rejects. */
  async refresh(visible: Visible): Promise<void> {
    await this.refreshMesh();
    const wanted = visible === null ? this.#names() : this.#names().filter((name) => visible.has(name));
    await Promise.all([this.#survey.ask(wanted, Date.now() - FRESH_MS), this.#problems.ask(Date.now())]);
    this.settle();
  }

  /** What happened elsewhere. */
  record(events: readonly MeshEvent[]): void {
    this.#collector.onRecord(events);
    this.settle();
  }

  showState(socket: WebSocket, looker: Looker): void {
    if (this.#survey.outline !== null) {
      this.#audience.sendStateTo(socket, looker, (visible) => this.topology(visible)!);
    }
  }

  async wake(): Promise<void> {
    if ((await this.#ctx.storage.getAlarm()) === null) await this.#ctx.storage.setAlarm(Date.now());
  }

  async alarm(): Promise<void> {
    this.#alarmAtMs = Number.POSITIVE_INFINITY;
    this.startLive();
    if (this.seal.isResealing) this.seal.reseal(RESEALED);
    const nowMs = Date.now();
    const cadence = this.#cadence();
    if (nowMs - this.#meshAskedMs >= cadence.meshMs) await this.refreshMesh(cadence.meshMs);
    await this.#survey.ask(
      this.#names().filter((name) => this.#dueMs(name, cadence) <= nowMs),
      nowMs,
    );
    this.settle();
  }

  /** Goes round while somebody looks. The timer keeps the object awake; without lookers it may hibernate. */
  startLive(): void {
    if (this.#isLive || !this.#audience.isWatched()) return;
    this.#isLive = true;
    this.#setAlarm(Date.now() + WATCHDOG_MS);
    this.#ctx.waitUntil(this.#liveRound());
  }

  /** Never rejects. */
  async #liveRound(): Promise<void> {
    if (!this.#audience.isWatched()) {
      this.#isLive = false;
      return;
    }
    const startedMs = Date.now();
    await this.refresh(this.#audience.watched());
    if (this.#survey.outline !== null) this.#audience.sendState((visible) => this.topology(visible)!);
    await this.#showDecisions();
    setTimeout(() => void this.#liveRound(), Math.max(LIVE_MS / 3, LIVE_MS - (Date.now() - startedMs)));
  }

  async #showDecisions(): Promise<void> {
    const services = this.#audience.decisionServices(this.#names());
    if (services.length === 0) return this.#decisions.forget();
    await this.#decisions.ask(
      services,
      (service) => this.#survey.get(service),
      (decision) => this.#audience.sendDecision(decision.service, decision),
    );
  }

  /** Lets time pass for what targets are told, delivers it, and sets the alarm for the rest. */
  settle(): void {
    this.notifier.onTime(Date.now());
    if (this.#deliverer.dueMs(this.notifier.targets) <= Date.now()) {
      const delivered = this.#deliverer.deliver(this.notifier.targets).then(() => this.#plan());
      this.#ctx.waitUntil(delivered);
    }
    this.#plan();
  }

  #plan(): void {
    const cadence = this.#cadence();
    const nowMs = Date.now();
    const dueMs = Math.min(
      this.#meshAskedMs + cadence.meshMs,
      this.notifier.dueMs(),
      this.#deliverer.dueMs(this.notifier.targets),
      this.#isLive ? nowMs + WATCHDOG_MS : Number.POSITIVE_INFINITY,
      this.seal.isResealing ? nowMs + FRESH_MS : Number.POSITIVE_INFINITY,
      ...this.#names().map((name) => this.#dueMs(name, cadence)),
    );
    this.#setAlarm(Math.max(dueMs, nowMs + FRESH_MS / 2));
  }

  #setAlarm(atMs: number): void {
    // One that is a little early is as good, and costs no row.
    if (atMs >= this.#alarmAtMs - FRESH_MS / 2 && this.#alarmAtMs > Date.now()) return;
    this.#alarmAtMs = atMs;
    void this.#ctx.storage.setAlarm(atMs);
  }

  #cadence(): Cadence {
    return this.notifier.targets.length > 0 ? TOLD : KEPT;
  }

  #dueMs(service: string, { busyMs, calmMs }: Cadence): number {
    const surveyed = this.#survey.get(service);
    if (surveyed === undefined) return Number.NEGATIVE_INFINITY;
    const hasTraffic = surveyed.root?.heard.some(({ rps = 0 }) => rps > 0) ?? false;
    return surveyed.askedMs + (hasTraffic || this.#collector.isTroubled(service) ? busyMs : calmMs);
  }

  #names(): readonly string[] {
    return this.#survey.outline?.services.map(({ name }) => name) ?? [];
  }

  /** Asks which mesh is in force, what became of its versions, of rollouts and of registries, unless it was lately. Never rejects. */
  async refreshMesh(notSinceMs: number = LIVE.meshMs): Promise<void> {
    if (Date.now() - this.#meshAskedMs < notSinceMs) return this.#asking ?? undefined;
    this.#meshAskedMs = Date.now();
    this.#asking = this.#askMesh().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #askMesh(): Promise<void> {
    const isNew = await this.#survey.refreshOutline();
    const { outline } = this.#survey;
    if (outline === null) return;
    if (isNew) {
      const { notifications, selfHealing } = outline;
      this.store.setFact(TARGETS, { notifications, selfHealing });
      this.notifier.setTargets(outline);
    }
    const { MESH_CONFIG, ROLLOUT, REGISTRY } = this.#env;
    await quietly("versions", async () => {
      const versions = await MESH_CONFIG.getByName(MESH_CONFIG_NAME).history({ limit: MAX_VERSIONS });
      this.#collector.onVersions(versions, Date.now());
    });
    if (ROLLOUT !== undefined) {
      await inParallel(outline.rollouts, AT_ONCE, (name) =>
        quietly(`rollout ${name}`, async () => {
          const reply = await ROLLOUT.getByName(name).describe();
          if (reply.ok) this.#collector.onRollout(reply.description, Date.now());
        }),
      );
    }
    if (REGISTRY !== undefined) {
      const discovered = outline.services.filter(({ isDiscovered }) => isDiscovered);
      await inParallel(discovered, AT_ONCE, ({ name }) =>
        quietly(`registry ${name}`, async () => {
          this.#collector.onSources(await REGISTRY.getByName(name).sources(), Date.now());
        }),
      );
    }
  }

  /** Within the transaction that keeps the events: nothing leaves the object before they are durable. */
  #onTold(told: readonly Told[]): void {
    this.notifier.onTold(told, Date.now());
    for (const { event, isNews } of told) if (isNews) this.#audience.sendEvent(event);
  }

  #onHealing({ hook, ...word }: HealingWord): void {
    const stamp = this.#stamp(word.service);
    this.#collector.onRecord([
      { ...stamp, ...word, region: null, type: "healing", key: `healing/${word.service}/${hook}` },
    ]);
  }

  #stamp(service: string | null) {
    return { id: `${service ?? ""}:hub:${this.store.nextNumber()}`, atMs: Date.now() };
  }
}

/** Does it within its time; what gives no answer is asked again in the next round. Never rejects. */
async function quietly(what: string, act: () => Promise<void>): Promise<void> {
  try {
    await within(act(), ANSWER_MS);
  } catch (error) {
    console.warn(JSON.stringify({ event: "not_surveyed", what, error: String(error) }));
  }
}
