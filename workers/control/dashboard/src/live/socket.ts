/**
 * The live socket: state, events and decisions as they come. Nothing depends on it: what it does not bring is polled. Where it
 * cannot be opened, or breaks, it is tried again, ever more seldom.
 */
import { signal } from "@preact/signals";
import { bearer } from "../access/token.ts";
import type { Decision, MeshEvent, Topology } from "../api/shapes.ts";

export interface LiveHandlers {
  onState(topology: Topology): void;
  onEvent(event: MeshEvent): void;
}

/** Whether the socket brings something now. */
export const isLive = signal(false);
/** Newest first; of the service that is watched. */
export const decisions = signal<readonly Decision[]>([]);

const PROTOCOL = "heddle.v1";
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
/** State comes every 1.5 s. A socket that is silent for so long is broken, whatever the system thinks of it. */
const SILENT_MS = 12_000;
const KEPT_DECISIONS = 60;

let socket: WebSocket | null = null;
let watched: string | null = null;
let retryMs = FIRST_RETRY_MS;
let retry: ReturnType<typeof setTimeout> | undefined;
let silence: ReturnType<typeof setTimeout> | undefined;
let handlers: LiveHandlers | null = null;

export function openLive(given: LiveHandlers): void {
  handlers = given;
  connect();
}

export function closeLive(): void {
  handlers = null;
  clearTimeout(retry);
  clearTimeout(silence);
  socket?.close();
  socket = null;
  isLive.value = false;
}

/** Asks for the decisions of a service; null for none. */
export function watchDecisions(service: string | null): void {
  if (service === watched) return;
  watched = service;
  decisions.value = [];
  subscribe();
}

function connect(): void {
  if (handlers === null) return;
  const token = bearer.peek();
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/live`;
  const opened = new WebSocket(url, token === null ? [PROTOCOL] : [PROTOCOL, `bearer.${token}`]);
  socket = opened;
  opened.onopen = () => {
    retryMs = FIRST_RETRY_MS;
    subscribe();
    heard();
  };
  opened.onmessage = ({ data }) => {
    if (socket === opened && typeof data === "string") receive(data);
  };
  opened.onclose = () => {
    if (socket !== opened) return;
    socket = null;
    isLive.value = false;
    clearTimeout(silence);
    if (handlers === null) return;
    retry = setTimeout(connect, retryMs);
    retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
  };
}

function subscribe(): void {
  if (socket?.readyState !== WebSocket.OPEN) return;
  // The picture is wanted on every page; decisions are those of the service that is looked at.
  socket.send(JSON.stringify({ subscribe: { service: watched, state: true, decisions: watched !== null } }));
}

function heard(): void {
  clearTimeout(silence);
  silence = setTimeout(() => socket?.close(), SILENT_MS);
}

function receive(text: string): void {
  heard();
  const message = parse(text);
  switch (message?.type) {
    case "state": {
      isLive.value = true;
      const topology = (message.topology ?? message) as Topology;
      if (Array.isArray(topology.services)) handlers?.onState(topology);
      return;
    }
    case "event":
      handlers?.onEvent(message.event as MeshEvent);
      return;
    case "decision":
      decisions.value = [message.decision as Decision, ...decisions.peek()].slice(0, KEPT_DECISIONS);
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
