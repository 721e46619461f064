/**
 * Other endpoints for a service, from its object or from the data centre's cache: checked, then swapped in whole. What cannot
 * be taken is refused once and remembered; the endpoints in force stay.
 */
import { type EndpointSet, NO_REVISION } from "../../core/endpoint-set.ts";
import { checkEndpointSet } from "../../core/endpoint-set-check.ts";
import type { Isolate } from "../isolate.ts";
import {
  createRuntime,
  type EndpointSource,
  latestOf,
  revisionOf,
  type ServiceRuntime,
  takeOver,
} from "../service-runtime.ts";

/** HealthCode: sessions only. */
const DRAINED = 4;

/**
 * Puts a set in force if it is later than what the service runs. Returns the runtime in force after that. Services that the
 * mesh does not say are discovered keep their endpoints. Never throws.
 *
 * - `value`: as a peer or a cache gave it.
 */
export function takeEndpoints(
  isolate: Isolate,
  given: ServiceRuntime,
  value: unknown,
  source: Exclude<EndpointSource, "mesh">,
): ServiceRuntime {
  const service = latestOf(given);
  const { discovered } = service;
  if (!discovered.isDiscovered) return service;
  const revision = revisionIn(value);
  if (revision <= revisionOf(service) || revision === discovered.refusedRevision) return service;
  const check = checkEndpointSet(value);
  if (!check.ok) return refuse(service, revision, check.detail);
  try {
    return swapEndpoints(isolate, service, check.set, source);
  } catch (error) {
    return refuse(service, revision, error instanceof Error ? error.message : String(error));
  }
}

function revisionIn(value: unknown): number {
  const revision = (value as Partial<EndpointSet> | null | undefined)?.revision;
  return typeof revision === "number" && Number.isSafeInteger(revision) ? revision : NO_REVISION;
}

function swapEndpoints(
  isolate: Isolate,
  service: ServiceRuntime,
  set: EndpointSet,
  source: EndpointSource,
): ServiceRuntime {
  const { open, region, rng, extensions, env } = isolate;
  const index = open.services.indexOf(service);
  const settings = open.mesh.services[index];
  if (settings === undefined) return service;
  const nowMs = Date.now();
  const context = { region, rng, nowMs, extensions, env, edge: open.mesh.edge, credentials: open.credentials };
  const opened = createRuntime(settings, context, { isDiscovered: true, set, source });
  const runtime = takeOver(opened, service, nowMs);
  for (const id of set.draining ?? []) {
    const at = runtime.state.indexOf.get(id);
    if (at !== undefined) runtime.state.shared.health[at] = DRAINED;
  }
  runtime.state.settleAtMs = Number.NEGATIVE_INFINITY;
  isolate.open = { ...open, services: open.services.with(index, runtime) };
  return runtime;
}

function refuse(service: ServiceRuntime, revision: number, reason: string): ServiceRuntime {
  const { discovered, state } = service;
  discovered.refusedRevision = revision;
  discovered.refusedReason = reason;
  const stays = revisionOf(service);
  console.warn(JSON.stringify({ event: "endpoints_refused", service: state.service.name, revision, reason, stays }));
  return service;
}
