/**
 * The Durable Object that knows what happens: it asks the monitors, keeps events, shows both to those who look, and tells
 * targets. One object for the mesh. This class takes messages; when what is done is in rounds.ts.
 */
import { DurableObject } from "cloudflare:workers";
import type { UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import { Audience } from "./audience.ts";
import { checkEvents } from "./check-events.ts";
import { describeTargets, type TargetView } from "./describe-targets.ts";
import type { EventHubCalls, EventsQuery, EventsReply } from "./replies.ts";
import { type EventHubEnv, Rounds } from "./rounds.ts";
import type { Topology } from "./topology.ts";

export class EventHub extends DurableObject<EventHubEnv> implements EventHubCalls {
  readonly #audience: Audience;
  readonly #rounds: Rounds;

  constructor(ctx: DurableObjectState, env: EventHubEnv) {
    super(ctx, env);
    this.#audience = new Audience(ctx);
    this.#rounds = new Rounds(ctx, env, this.#audience);
    this.#rounds.startLive();
  }

  override async fetch(request: Request): Promise<Response> {
    const response = this.#audience.welcome(request);
    if (response.status === 101) this.#rounds.startLive();
    return response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const looker = this.#audience.onMessage(socket, message);
    if (looker === null) return;
    this.#rounds.showState(socket, looker);
    this.#rounds.startLive();
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 stand for "none was sent", and cannot be.
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }

  async topology({ services }: { readonly services: readonly string[] | null }): Promise<Topology | null> {
    const visible = services === null ? null : new Set(services);
    await this.#rounds.refresh(visible);
    return this.#rounds.topology(visible);
  }

  async events(query: EventsQuery): Promise<EventsReply> {
    await this.#rounds.refresh(query.services === null ? null : new Set(query.services));
    return { ...this.#rounds.store.page(query), missing: this.#rounds.missing(query.services) };
  }

  async record(value: readonly MeshEvent[]): Promise<{ readonly taken: number; readonly refused: number }> {
    const { events, refused } = checkEvents(value);
    this.#rounds.record(events);
    return { taken: events.length, refused };
  }

  async targets(): Promise<readonly TargetView[]> {
    await this.#rounds.refreshMesh();
    this.#rounds.settle();
    return describeTargets(this.#rounds.notifier.targets, this.#rounds.notices, Date.now());
  }

  async unopened(): Promise<UnopenedRows> {
    return this.#rounds.seal.unopened;
  }

  async wake(): Promise<void> {
    await this.#rounds.wake();
  }

  async onMeshChanged(): Promise<void> {
    await this.#rounds.refreshMesh(0);
    this.#rounds.settle();
  }

  async onRevoked(key: string): Promise<void> {
    this.#audience.end(key);
  }

  override async alarm(): Promise<void> {
    await this.#rounds.alarm();
  }
}
