/**
 * What one isolate keeps between requests: plain values only, since nothing that belongs to one request's I/O may be
 * touched by another. A new mesh is opened beside the old one and swapped whole; requests in flight finish on the old.
 */
import type { Mesh } from "../core/mesh.ts";
import type { Region } from "../core/region.ts";
import type { Rng } from "../core/rng.ts";
import { applyWords, createWeight, type RolloutWeight } from "../core/rollout/side.ts";
import type { RolloutWord } from "../core/rollout/word.ts";
import { openRoutes, type RouteTable } from "../core/route/table.ts";
import { carryOver, createSyncSlot, type SyncSlot } from "../core/service-state/sync-slot.ts";
import { createServiceState, type ServiceState } from "../core/service-state.ts";
import { createDeadlines, type Deadlines } from "./deadline.ts";
import type { Environment } from "./environment.ts";
import { type Classify, classifierOf } from "./extension/classifier.ts";
import { createExtensions, type Extensions } from "./extension/extensions.ts";
import { noteFault } from "./extension/fault-log.ts";
import { createMirrorCounts, type MirrorCounts } from "./filter/mirror-counts.ts";
import { unfitness } from "./fitness.ts";
import { createRefusalLog, type RefusalLog } from "./refusal-log.ts";
import { keyringOf } from "./session/keyring.ts";
import { createSessions, type Sessions } from "./session/sessions.ts";
import { createStaleCache, type StaleCache } from "./stale-cache.ts";

/** One service as this isolate runs it. */
export interface ServiceRuntime {
  readonly state: ServiceState;
  readonly sync: SyncSlot;
  /** Epoch until which attempts at an endpoint carry an abort signal, by endpoint index: it failed lately. */
  readonly cautionUntilMs: Float64Array;
  /** Epoch until which the bodies of an endpoint's answers are watched: it broke one lately. */
  readonly watchUntilMs: Float64Array;
  /** Epoch of the last request that could have been repeated elsewhere. */
  repeatableAtMs: number;
  /** Null: answers are judged by their status. */
  readonly classify: Classify | null;
  /** A first snapshot came, or was waited for long enough. */
  warm: boolean;
}

export interface OpenMesh {
  readonly mesh: Mesh;
  readonly routes: RouteTable;
  readonly services: readonly ServiceRuntime[];
  /** By index of the mesh's rollouts. */
  readonly rollouts: readonly RolloutWeight[];
}

export interface Isolate {
  open: OpenMesh;
  readonly env: Environment;
  readonly region: Region;
  /** Random, names this isolate to the objects. */
  readonly reporter: string;
  readonly rng: Rng;
  readonly dev: boolean;
  readonly extensions: Extensions;
  readonly deadlines: Deadlines;
  readonly refusals: RefusalLog;
  readonly stale: StaleCache;
  readonly mirrors: MirrorCounts;
  readonly sessions: Sessions;
  /** Answers seen, for watching one body in so many. */
  answers: number;
  /** Epoch of the last look for a newer mesh. */
  meshAskedAtMs: number;
}

export interface IsolateOptions {
  readonly mesh: Mesh;
  readonly env: Environment;
  readonly region: Region;
  readonly nowMs: number;
  /** What is registered in code. Default none. */
  readonly extensions?: Extensions;
}

/**
 * Opens the mesh for this isolate. Throws for a mesh that asks for what is not registered in code, or that `compileMesh`
 * did not make. Without the key for the sessions it asks for it is opened all the same, loudly: the alternative is no
 * mesh at all.
 */
export function createIsolate(options: IsolateOptions): Isolate {
  const { mesh, env, region, nowMs, extensions = createExtensions() } = options;
  const rng: Rng = Math.random;
  const sessions = createSessions(keyringOf(env.HEDDLE_SESSION_KEY));
  const unfit = unfitness(mesh, { extensions, sessions });
  if (unfit?.error === "session_key_missing") {
    console.error(JSON.stringify({ event: unfit.error, problem: unfit.title, version: mesh.version }));
  } else if (unfit !== null) {
    throw new Error(unfit.title);
  }
  return {
    open: openMesh(mesh, { region, rng, nowMs, extensions }),
    extensions,
    env,
    region,
    reporter: crypto.randomUUID(),
    rng,
    dev: env.HEDDLE_DEV === "1",
    deadlines: createDeadlines(),
    refusals: createRefusalLog(),
    stale: createStaleCache(),
    mirrors: createMirrorCounts(),
    sessions,
    answers: 0,
    meshAskedAtMs: 0,
  };
}

/**
 * Puts another mesh in force. What was known of a service goes on being used under the same name. Throws for one that
 * asks for what this Worker does not have, or that `compileMesh` did not make; then the one before stays.
 */
export function swapMesh(isolate: Isolate, mesh: Mesh, nowMs: number): void {
  const before = isolate.open;
  const { region, rng, extensions } = isolate;
  const unfit = unfitness(mesh, isolate);
  if (unfit !== null) throw new Error(unfit.title);
  const open = openMesh(mesh, { region, rng, nowMs, extensions });
  for (const service of open.services) {
    const known = before.services.find((other) => other.state.service.name === service.state.service.name);
    if (known !== undefined && carryOver(known, service, nowMs)) service.warm = known.warm;
  }
  applyWords(open.rollouts, before.rollouts.filter(({ revision }) => revision > 0).map(wordOf));
  isolate.open = open;
}

function wordOf({ plan, stable, canary, percent, revision }: RolloutWeight): RolloutWord {
  return { name: plan.name, stable, canary, percent, revision };
}

interface OpeningContext {
  readonly region: Region;
  readonly rng: Rng;
  readonly nowMs: number;
  readonly extensions: Extensions;
}

function openMesh(mesh: Mesh, { extensions, ...context }: OpeningContext): OpenMesh {
  const policies = {
    byName: extensions.policies,
    onFault: (name: string, fault: unknown) => noteFault(extensions.faults, `balancing policy "${name}"`, fault),
  };
  return {
    mesh,
    routes: openRoutes(mesh),
    services: mesh.services.map((service) => ({
      state: createServiceState({ service, ...context, edge: mesh.edge, policies }),
      sync: createSyncSlot(),
      cautionUntilMs: new Float64Array(service.endpoints.length),
      watchUntilMs: new Float64Array(service.endpoints.length),
      repeatableAtMs: 0,
      classify: classifierOf(service.outcomeClassifier, extensions),
      warm: false,
    })),
    rollouts: (mesh.rollouts ?? []).map((plan) => createWeight(plan, mesh.services)),
  };
}
