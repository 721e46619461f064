/**
 * The Durable Object that knows what happens: it asks the monitors, keeps events and shows both to those who look. One
 * object for the mesh. Nothing is asked on behalf of sockets while nobody looks.
 */
import { DurableObject } from "cloudflare:workers";
import { Audience } from "./audience.ts";
import type { EventHubCalls } from "./replies.ts";
import { Survey, type SurveyEnv } from "./survey.ts";
import { type Topology, topologyOf, type Visible } from "./topology.ts";

export type EventHubEnv = SurveyEnv;

/** Between two states that are sent. */
const LIVE_MS = 1_500;
/** What was asked so lately is not asked again. */
const FRESH_MS = 1_000;
/** Between two looks at which mesh is in force, while somebody looks. */
const OUTLINE_MS = 5_000;
/** The alarm that starts the round again should the object lose its memory while somebody looks. */
const WATCHDOG_MS = 10_000;

export class EventHub extends DurableObject<EventHubEnv> implements EventHubCalls {
  readonly #audience: Audience;
  readonly #survey: Survey;
  #isRunning = false;

  constructor(ctx: DurableObjectState, env: EventHubEnv) {
    super(ctx, env);
    this.#audience = new Audience(ctx);
    this.#survey = new Survey(
      env,
      () => Number.MAX_SAFE_INTEGER,
      () => {},
    );
    this.#startLive();
  }

  override async fetch(request: Request): Promise<Response> {
    const response = this.#audience.welcome(request);
    if (response.status === 101) this.#startLive();
    return response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const looker = this.#audience.onMessage(socket, message);
    if (looker === null) return;
    if (this.#survey.outline !== null) this.#audience.sendStateTo(socket, looker, (visible) => this.#topology(visible));
    this.#startLive();
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 stand for "none was sent", and cannot be.
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }

  async topology({ services }: { readonly services: readonly string[] | null }): Promise<Topology | null> {
    await this.#refresh(services === null ? null : new Set(services));
    return this.#survey.outline === null ? null : this.#topology(services === null ? null : new Set(services));
  }

  async onRevoked(key: string): Promise<void> {
    this.#audience.end(key);
  }

  override async alarm(): Promise<void> {
    this.#startLive();
  }

  #topology(visible: Visible): Topology {
    return topologyOf(this.#survey.outline!, (service) => this.#survey.get(service), visible, Date.now());
  }

  /** Asks what is not fresh. Never rejects. */
  async #refresh(visible: Visible): Promise<void> {
    if (Date.now() - this.#survey.outlineAtMs >= OUTLINE_MS) await this.#survey.refreshOutline();
    const names = this.#survey.outline?.services.map(({ name }) => name) ?? [];
    const wanted = visible === null ? names : names.filter((name) => visible.has(name));
    await this.#survey.ask(wanted, Date.now() - FRESH_MS);
  }

  /** Goes round while somebody looks. The timer keeps the object awake; without lookers it may hibernate. */
  #startLive(): void {
    if (this.#isRunning || !this.#audience.isWatched()) return;
    this.#isRunning = true;
    void this.ctx.storage.setAlarm(Date.now() + WATCHDOG_MS);
    this.ctx.waitUntil(this.#liveRound());
  }

  /** Never rejects. */
  async #liveRound(): Promise<void> {
    if (!this.#audience.isWatched()) {
      this.#isRunning = false;
      return;
    }
    const startedMs = Date.now();
    await this.#refresh(this.#audience.watched());
    if (this.#survey.outline !== null) this.#audience.sendState((visible) => this.#topology(visible));
    setTimeout(() => void this.#liveRound(), Math.max(LIVE_MS / 3, LIVE_MS - (Date.now() - startedMs)));
  }
}
