/**
 * What all pages look at: the mesh, what happened, and how fresh that is. The live socket brings it where there is one; in
 * any case it is asked for, often while the socket is silent and seldom while it speaks.
 */
import { computed, signal } from "@preact/signals";
import { may, session, signOut } from "../access/session.ts";
import { all, call, type Problem } from "../api/client.ts";
import type { MeshEvent, Page, ServiceState, ServiceSummary, Topology } from "../api/shapes.ts";
import { type MeshLook, meshOfServices, meshOfTopology } from "../mesh/look.ts";
import { forgetSamples, sampleMesh } from "./samples.ts";
import { closeLive, isLive, openLive } from "./socket.ts";

/** Null: nothing has come yet. */
export const mesh = signal<MeshLook | null>(null);
/** Newest first. Null: nothing has come yet. */
export const events = signal<readonly MeshEvent[] | null>(null);
/** Why the last question got no answer; null: it got one. */
export const trouble = signal<Problem | null>(null);
/** When the control plane answered last; 0 never. */
export const heardAtMs = signal(0);

/** `live`: as it happens. `polling`: every two seconds. `lost`: what is shown is what was last known. */
export type LinkState = "live" | "polling" | "lost";
export const link = computed<LinkState>(() =>
  trouble.value !== null && trouble.value.status !== 403 ? "lost" : isLive.value ? "live" : "polling",
);

const POLL_MS = 2_000;
const POLL_BESIDE_SOCKET_MS = 10_000;
const EVENTS_EVERY_MS = 4_000;
const HOUR_MS = 3_600_000;
/** Without a picture of the whole, services are asked one by one: so many at most, so many at once. */
const MAX_ASKED = 60;
const AT_ONCE = 4;
const KEPT_EVENTS = 300;

let timer: ReturnType<typeof setTimeout> | undefined;
let run = 0;
let hasTopology = true;
let eventsAtMs = 0;

/** Starts looking. Once for each who signs in. */
export function startLooking(): void {
  stopLooking();
  if (!may("read") && !canReadSome()) return;
  openLive({
    onState(topology) {
      take(meshOfTopology(topology));
    },
    onEvent(event) {
      const known = events.peek() ?? [];
      if (!known.some(({ id }) => id === event.id)) events.value = [event, ...known].slice(0, KEPT_EVENTS);
    },
  });
  void poll(++run);
}

export function stopLooking(): void {
  run++;
  clearTimeout(timer);
  closeLive();
  mesh.value = null;
  events.value = null;
  trouble.value = null;
  hasTopology = true;
  eventsAtMs = 0;
  forgetSamples();
}

/** Asks at once: after something was changed. */
export function lookNow(): void {
  eventsAtMs = 0;
  void poll(++run);
}

function canReadSome(): boolean {
  const now = session.peek();
  return now.state === "in" && (now.who.services ?? []).some((service) => may("read", service));
}

async function poll(mine: number): Promise<void> {
  clearTimeout(timer);
  if (document.visibilityState === "visible") {
    const asks: Promise<void>[] = [askMesh(mine)];
    if (Date.now() - eventsAtMs >= EVENTS_EVERY_MS) asks.push(askEvents(mine));
    await Promise.all(asks);
  }
  if (mine === run) timer = setTimeout(() => void poll(mine), isLive.peek() ? POLL_BESIDE_SOCKET_MS : POLL_MS);
}

async function askMesh(mine: number): Promise<void> {
  if (hasTopology) {
    const answer = await call<Topology>("/v1/topology");
    if (mine !== run) return;
    if (answer.ok) take(meshOfTopology(answer.value));
    else if (answer.problem.status !== 404) fail(answer.problem);
    else hasTopology = false;
    if (hasTopology) return;
  }
  const listed = await call<Page<ServiceSummary>>(`/v1/services?limit=${MAX_ASKED}`);
  if (mine !== run) return;
  if (!listed.ok) {
    fail(listed.problem);
    return;
  }
  const names = listed.value.items.map(({ service }) => service);
  const missing = [...(listed.value.missing ?? [])];
  const states: ServiceState[] = [];
  const ask = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const answer = await call<ServiceState>(`/v1/services/${encodeURIComponent(name)}`);
      if (answer.ok) states.push(answer.value);
      else missing.push(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  if (mine === run)
    take(
      meshOfServices(
        states.sort((a, b) => (a.service < b.service ? -1 : 1)),
        missing,
        Date.now(),
      ),
    );
}

async function askEvents(mine: number): Promise<void> {
  const answer = await all<MeshEvent>(`/v1/events?since=${Date.now() - HOUR_MS}`, KEPT_EVENTS);
  if (mine !== run || !answer.ok) return;
  eventsAtMs = Date.now();
  events.value = answer.value;
}

function take(look: MeshLook): void {
  // A poll that was slow must not overtake what the socket brought.
  if (look.atMs < (mesh.peek()?.atMs ?? 0)) return;
  trouble.value = null;
  heardAtMs.value = Date.now();
  mesh.value = look;
  sampleMesh(look);
}

function fail(problem: Problem): void {
  if (problem.status === 401) signOut(problem);
  else trouble.value = problem;
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && session.peek().state === "in") void poll(++run);
});
