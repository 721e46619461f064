/**
 * The sockets of those who look. They hibernate with the object: nothing of them is in its memory, all that matters is
 * attached to each.
 */
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import { type Looker, lookerFrom, maySee, onMessage, visibleTo } from "./looker.ts";
import type { Topology, Visible } from "./topology.ts";

/** Sockets of one credential, and of all together: each gets every state. */
const MAX_PER_KEY = 10;
const MAX_SOCKETS = 500;
/** Largest message that is sent, UTF-16 units: beyond it services come without their endpoints. */
const MAX_STATE_LENGTH = 1_000_000;
/** The subprotocol that we speak. */
export const LIVE_PROTOCOL = "heddle.v1";
/** Header in which the control Worker says who looks. */
export const LOOKER_HEADER = "x-heddle-looker";
/** Private use, RFC 6455 §7.4.2: the credential has ended. */
const CREDENTIAL_ENDED = 4401;
/** Isolates of the control Worker believe a token for seconds after it was revoked; sockets that they pass on are refused. */
const REVOKED_MS = 60_000;
const MAX_REVOKED = 1_000;

export class Audience {
  readonly #ctx: DurableObjectState;
  /** Credentials that were revoked lately, and when. */
  readonly #revoked = new Map<string, number>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    // Answered by the platform, without waking the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** The answer to a request for a socket. */
  welcome(request: Request): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return new Response(null, { status: 426 });
    const looker = lookerFrom(request.headers.get(LOOKER_HEADER), Date.now());
    if (looker === null) return new Response(null, { status: 400 });
    if (Date.now() - (this.#revoked.get(looker.key) ?? Number.NEGATIVE_INFINITY) < REVOKED_MS) {
      return new Response(null, { status: 401 });
    }
    const tag = tagOf(looker.key);
    const isFull = this.#ctx.getWebSockets().length >= MAX_SOCKETS;
    if (isFull || this.#ctx.getWebSockets(tag).length >= MAX_PER_KEY) return new Response(null, { status: 429 });
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    this.#ctx.acceptWebSocket(server, [tag]);
    server.serializeAttachment(looker);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Takes in what a looker says; null when its socket was closed for it. */
  onMessage(socket: WebSocket, message: unknown): Looker | null {
    const looker = lookerOf(socket);
    if (looker === null) return null;
    const heard = onMessage(looker, message, Date.now());
    if (!heard.ok) {
      close(socket, heard.code, heard.reason);
      return null;
    }
    socket.serializeAttachment(heard.looker);
    return heard.looker;
  }

  /** Those who are here, with their sockets. Ends those whose credential has. */
  lookers(): readonly { readonly socket: WebSocket; readonly looker: Looker }[] {
    const nowMs = Date.now();
    return this.#ctx.getWebSockets().flatMap((socket) => {
      const looker = lookerOf(socket);
      if (looker === null) return [];
      if (looker.expiresAtMs <= nowMs) {
        close(socket, CREDENTIAL_ENDED, "say again who you are");
        return [];
      }
      return [{ socket, looker }];
    });
  }

  /** Whether somebody wants to see the state. */
  isWatched(): boolean {
    return this.lookers().some(({ looker }) => looker.wants.state || looker.wants.decisions);
  }

  /** Services that somebody wants to see; null: all of them. */
  watched(): Visible {
    const watched = new Set<string>();
    for (const { looker } of this.lookers()) {
      if (!looker.wants.state && !looker.wants.decisions) continue;
      const visible = visibleTo(looker);
      if (visible === null) return null;
      for (const service of visible) watched.add(service);
    }
    return watched;
  }

  /** Sends everybody the state that they may see. `topology` is called once for all that see the same. */
  sendState(topology: (visible: Visible) => Topology): void {
    const texts = new Map<string, string>();
    for (const { socket, looker } of this.lookers()) {
      if (!looker.wants.state) continue;
      const visible = visibleTo(looker);
      const group = visible === null ? "" : JSON.stringify([...visible].sort());
      const text = texts.get(group) ?? stateText(topology(visible));
      texts.set(group, text);
      send(socket, text);
    }
  }

  /** The state for one who has just come, or changed what to see. */
  sendStateTo(socket: WebSocket, looker: Looker, topology: (visible: Visible) => Topology): void {
    if (looker.wants.state) send(socket, stateText(topology(visibleTo(looker))));
  }

  sendEvent(event: MeshEvent): void {
    this.#sendTo((looker) => maySee(looker, event.service), { type: "event", event });
  }

  /** Services that decisions are wanted of; none when nobody wants any. */
  decisionServices(names: readonly string[]): readonly string[] {
    const asking = this.lookers().filter(({ looker }) => looker.wants.decisions);
    return asking.length === 0 ? [] : names.filter((name) => asking.some(({ looker }) => maySee(looker, name)));
  }

  sendDecision(service: string, decision: unknown): void {
    this.#sendTo((looker) => looker.wants.decisions && maySee(looker, service), { type: "decision", decision });
  }

  /** A credential was revoked: its sockets end, and none is opened with it. */
  end(key: string): void {
    this.#revoked.delete(key);
    this.#revoked.set(key, Date.now());
    if (this.#revoked.size > MAX_REVOKED) this.#revoked.delete(this.#revoked.keys().next().value!);
    for (const socket of this.#ctx.getWebSockets(tagOf(key))) {
      if (lookerOf(socket)?.key === key) close(socket, CREDENTIAL_ENDED, "the token was revoked");
    }
  }

  #sendTo(isFor: (looker: Looker) => boolean, message: unknown): void {
    const text = JSON.stringify(message);
    for (const { socket, looker } of this.lookers()) if (isFor(looker)) send(socket, text);
  }
}

/** Tags have 256 characters at most; of a longer key the end says whose it is. */
function tagOf(key: string): string {
  return key.slice(-200);
}

function stateText(topology: Topology): string {
  const text = JSON.stringify({ type: "state", ...topology });
  if (text.length <= MAX_STATE_LENGTH) return text;
  const services = topology.services.map((service) => ({
    ...service,
    endpoints: [],
    ...(service.problems && { problems: service.problems.map((problem) => ({ ...problem, endpoints: [] })) }),
  }));
  return JSON.stringify({ type: "state", ...topology, services, flows: [], isCut: true });
}

function lookerOf(socket: WebSocket): Looker | null {
  return socket.deserializeAttachment() as Looker | null;
}

/** A socket that is closing takes nothing any more. */
function send(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    close(socket, 1011, "");
  }
}

function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // It is closed.
  }
}
