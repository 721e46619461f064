/** What people are shown of a registry. Reads. */
import { REGISTRATION } from "../../src/core/mesh-discovery.ts";
import { expiresAtMs, type Instance, isReady, loadOf } from "../../src/discovery/registry/instance.ts";
import { isAvailable } from "../../src/discovery/registry/pool.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import type { SourceState } from "../../src/discovery/source.ts";
import type { ListReply, RegistrationState, RegistrationView, SourcesReply, SourceView } from "./replies.ts";

const MAX_LISTED = 1_000;

/** An instance as the API shows it. */
export function viewOf(state: RegistryState, instance: Instance, nowMs: number): RegistrationView {
  const { endpoint, ready, ttlMs, registeredAtMs, heartbeatAtMs, proof } = instance;
  const { id, origin, basePath, locality, weight, labels } = endpoint;
  const load = loadOf(instance, nowMs);
  return {
    instance: id,
    url: origin + basePath,
    locality,
    weight,
    labels,
    ready,
    state: stateOf(state, instance),
    load: load < 0 ? null : load,
    ttlMs,
    heartbeatMs: heartbeatMsOf(instance),
    registeredAtMs,
    heartbeatAtMs,
    expiresAtMs: expiresAtMs(instance),
    ...(proof.state === "pending" && { challengeError: proof.error }),
  };
}

/** A third of the time to live: two may be lost. */
export function heartbeatMsOf({ ttlMs }: Instance): number {
  return Math.floor(ttlMs / 3);
}

function stateOf({ pool }: RegistryState, instance: Instance): RegistrationState {
  const member = pool.members.get(instance.endpoint.id);
  if (instance.proof.state === "pending") return "challenged";
  if (!isReady(instance)) return member?.phase === "draining" ? "draining" : "not-ready";
  if (member?.damped === true) return "damped";
  return member === undefined || member.phase === "out" ? "pending" : member.phase;
}

/** All sources with what is wrong with them. */
export function describeSources(state: RegistryState, monitors: SourcesReply["monitors"], nowMs: number): SourcesReply {
  const { service, settings, sources, pool, set } = state;
  const members = (set?.endpoints ?? []).map(({ id }) => pool.members.get(id));
  return {
    service,
    isDiscovered: settings !== null,
    meshVersion: settings?.meshVersion ?? "",
    sources: [
      ...(settings?.discovery.registration == null ? [] : [registrationView(state, nowMs)]),
      ...[...sources.values()].map(sourceView),
    ],
    alarms: pool.alarms,
    set: set && {
      revision: set.revision,
      endpoints: set.endpoints.length,
      available: members.filter((member) => member !== undefined && isAvailable(member)).length,
      draining: set.draining?.length ?? 0,
      held: members.filter((member) => member?.phase === "held").length,
    },
    monitors,
  };
}

function registrationView({ roster, doubt }: RegistryState, nowMs: number): SourceView {
  return {
    name: REGISTRATION,
    kind: REGISTRATION,
    state: doubt === null ? "ok" : "failing",
    endpoints: roster.size,
    ready: [...roster.values()].filter(isReady).length,
    goodAtMs: doubt === null ? nowMs : null,
    error: doubt ?? "",
    failures: doubt === null ? 0 : 1,
    refused: 0,
    refusal: "",
  };
}

function sourceView({ name, kind, found, goodAtMs, atMs, error, failures, refused, refusal }: SourceState): SourceView {
  return {
    name,
    kind,
    state: atMs === 0 ? "silent" : error === "" ? "ok" : "failing",
    endpoints: found.length,
    ready: found.filter(({ ready }) => ready).length,
    goodAtMs: goodAtMs === 0 ? null : goodAtMs,
    error,
    failures,
    refused,
    refusal,
  };
}

/** A page of the instances, in the order of names. */
export function listInstances(
  state: RegistryState,
  { after = "", limit = 100 }: { readonly after?: string; readonly limit?: number },
  nowMs: number,
): ListReply {
  const most = Math.min(MAX_LISTED, Math.max(1, Math.trunc(limit) || 1));
  const ids = [...state.roster.keys()].filter((id) => id > after).sort();
  const items = ids.slice(0, most).map((id) => viewOf(state, state.roster.get(id)!, nowMs));
  return { items, next: ids.length > most ? ids[most - 1]! : null };
}
