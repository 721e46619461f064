/**
 * The registry of one service, without the platform: what its sources say, who has registered, and the set that follows.
 * Nothing here reads a clock; the object around it carries time, messages and rows.
 */
import { type EndpointSet, NO_REVISION } from "../../core/endpoint-set.ts";
import type { Endpoint, Service } from "../../core/mesh.ts";
import {
  type ClusterSettings,
  type MeshDiscovery,
  REGISTRATION,
  type ServiceDiscovery,
} from "../../core/mesh-discovery.ts";
import { checkEndpointUrl, type EndpointUrlPolicy } from "../../security/endpoint-url.ts";
import { newSource, onResult, type SourceResult, type SourceState } from "../source.ts";
import { type Heartbeat, type Instance, isReady, onHeartbeat, onRegister } from "./instance.ts";
import { merge, type Offer } from "./merge.ts";
import { EMPTY_POOL, type Pool, type SetContent } from "./pool.ts";
import type { RegistrationRequest } from "./request.ts";
import { expiryOf, MAX_INSTANCES } from "./roster.ts";

/** What the mesh says of the service. */
export interface Settings {
  readonly meshVersion: string;
  readonly compiledAtMs: number;
  readonly configured: readonly Endpoint[];
  readonly discovery: ServiceDiscovery;
  readonly policy: EndpointUrlPolicy;
  /** Of the mesh, for the Kubernetes sources. Absent: none. */
  readonly clusters?: readonly ClusterSettings[];
}

/** Mutable; owned by one object. */
export interface RegistryState {
  readonly service: string;
  /** Null: the mesh says nothing of discovery for the service. */
  settings: Settings | null;
  readonly roster: Map<string, Instance>;
  /** Those that others speak for, and those that are asked; in the order of the config. */
  readonly sources: Map<string, SourceState>;
  /** Who deregistered since the last merge. */
  readonly left: Set<string>;
  pool: Pool;
  /** Null: there never was any endpoint. */
  set: EndpointSet | null;
  /** Since when heartbeats are heard, in this life of the object and after the last time that none was. */
  listeningSinceMs: number;
  /** Why expiry is suspended; null: it is not. */
  doubt: string | null;
}

/** A registry that knows nothing yet. */
export function createRegistry(service: string, nowMs: number): RegistryState {
  return {
    service,
    settings: null,
    roster: new Map(),
    sources: new Map(),
    left: new Set(),
    pool: EMPTY_POOL,
    set: null,
    listeningSinceMs: nowMs,
    doubt: null,
  };
}

/** What a mesh says of a service; null when it is nothing of discovery. `more`: what else URLs may have, and are compared with. */
export function settingsOf(
  mesh: { readonly version: string; readonly compiledAtMs: number; readonly discovery?: MeshDiscovery },
  service: Service | null,
  more: { readonly allow: EndpointUrlPolicy["allow"]; readonly self: readonly string[] } = { allow: [], self: [] },
): Settings | null {
  if (service?.discovery === undefined) return null;
  const { version, compiledAtMs, discovery } = mesh;
  return {
    meshVersion: version,
    compiledAtMs,
    configured: service.endpoints,
    discovery: service.discovery,
    policy: {
      allow: [...(discovery?.allow ?? []), ...more.allow],
      self: [...(discovery?.self ?? []), ...more.self],
      ...(service.plaintext && { plaintext: service.plaintext }),
    },
    ...(discovery && { clusters: discovery.clusters }),
  };
}

/** Puts settings in force. Sources that are no more are forgotten, and instances whose URL may no longer be. */
export function configure(state: RegistryState, settings: Settings | null): void {
  state.settings = settings;
  if (settings === null) Object.assign(state, { pool: EMPTY_POOL, set: null });
  const { dns = [], kubernetes = [] } = settings?.discovery ?? {};
  const kinds = new Map([
    ...dns.map(({ name }) => [name, "dns"] as const),
    ...kubernetes.map(({ name }) => [name, "kubernetes"] as const),
  ]);
  const before = new Map(state.sources);
  state.sources.clear();
  for (const [name, kind] of kinds) {
    const known = before.get(name);
    state.sources.set(name, known?.kind === kind ? known : newSource(name, kind));
  }
  for (const [id, { endpoint }] of state.roster) {
    const { origin, basePath } = endpoint;
    if (settings === null || settings.discovery.registration === null) continue;
    if (checkEndpointUrl(origin + basePath, settings.policy).ok) continue;
    state.roster.delete(id);
    state.left.add(id);
  }
}

/** An instance registers. Null: there are too many. The caller has checked that instances may. */
export function register(
  state: RegistryState,
  request: RegistrationRequest,
  lease: string,
  nowMs: number,
): Instance | null {
  const { id } = request.endpoint;
  const before = state.roster.get(id) ?? null;
  if (before === null && state.roster.size >= MAX_INSTANCES) return null;
  const instance = onRegister(before, request, lease, state.settings!.discovery.registration!, nowMs);
  hear(state, nowMs);
  state.roster.set(id, instance);
  state.left.delete(id);
  return instance;
}

/** A heartbeat of a registered instance; true when its readiness changed. */
export function beat(state: RegistryState, instance: Instance, heartbeat: Heartbeat, nowMs: number): boolean {
  const next = onHeartbeat(instance, heartbeat, nowMs);
  hear(state, nowMs);
  state.roster.set(next.endpoint.id, next);
  return isReady(next) !== isReady(instance);
}

/** Heartbeats are heard again: everybody gets one time to live from now on. */
function hear(state: RegistryState, nowMs: number): void {
  if (state.doubt === null) return;
  state.doubt = null;
  state.listeningSinceMs = nowMs;
}

/** An instance says goodbye. */
export function deregister(state: RegistryState, id: string): void {
  state.roster.delete(id);
  state.left.add(id);
}

/** Takes in what a source says; false for one that the config does not have. */
export function hearSource(state: RegistryState, name: string, result: SourceResult): boolean {
  const source = state.sources.get(name);
  if (source === undefined || state.settings === null) return false;
  state.sources.set(name, onResult(source, result, state.settings.policy));
  return true;
}

export interface Settled {
  /** There is another set than before. */
  readonly isNews: boolean;
  readonly expired: readonly string[];
  /** When time alone changes something; Infinity: it does not. */
  readonly nextMs: number;
}

/** Draws the conclusions from all that was said, and from time. Never throws. */
export function settle(state: RegistryState, nowMs: number): Settled {
  const { settings, sources } = state;
  if (settings === null) return { isNews: false, expired: [], nextMs: Number.POSITIVE_INFINITY };
  const { expired, doubt, nextMs } = expiryOf(state.roster, state.listeningSinceMs, nowMs);
  state.doubt = doubt;
  for (const id of expired) state.roster.delete(id);
  const offers: Offer[] = settings.discovery.registration === null ? [] : [offerOf(state)];
  for (const { name, found } of sources.values()) {
    offers.push({ source: name, found, isOwnWord: false, left: NOBODY });
  }
  const { configured, discovery } = settings;
  const merged = merge(state.pool, { configured, offers, settings: discovery, nowMs });
  state.pool = merged.pool;
  state.left.clear();
  const { content } = merged.pool;
  const isNews = content !== null && !isSame(content, state.set);
  if (isNews) state.set = { ...content, revision: Math.max(nowMs, (state.set?.revision ?? NO_REVISION) + 1) };
  return { isNews, expired, nextMs: Math.min(nextMs, merged.nextMs) };
}

const NOBODY: ReadonlySet<string> = new Set();

function offerOf({ roster, left }: RegistryState): Offer {
  const found = [...roster.values()].map((instance) => ({ endpoint: instance.endpoint, ready: isReady(instance) }));
  return { source: REGISTRATION, found, isOwnWord: true, left };
}

function isSame(content: SetContent, set: EndpointSet | null): boolean {
  if (set === null || set.endpoints.length !== content.endpoints.length) return false;
  const { endpoints, draining = [] } = set;
  if (draining.length !== content.draining.length || draining.some((id, i) => content.draining[i] !== id)) return false;
  return endpoints.every((one, i) => one === content.endpoints[i] || isEqual(one, content.endpoints[i]!));
}

function isEqual(one: Endpoint, other: Endpoint): boolean {
  return one.id === other.id && JSON.stringify(one) === JSON.stringify(other);
}
