/**
 * What one isolate keeps between requests: plain values only, since nothing that belongs to one request's I/O may be
 * touched by another. A new mesh is opened beside the old one and swapped whole; requests in flight finish on the old.
 */
import type { Mesh, Service } from "../core/mesh.ts";
import type { Region } from "../core/region.ts";
import type { Rng } from "../core/rng.ts";
import { applyWords, createWeight, type RolloutWeight } from "../core/rollout/side.ts";
import type { RolloutWord } from "../core/rollout/word.ts";
import { openRoutes, type RouteTable } from "../core/route/table.ts";
import { createTally, type Tally } from "../core/traffic/tally.ts";
import { type OpenCredentials, openCredentials } from "../security/origin/open.ts";
import { secretsOf } from "../security/secrets/open-secrets.ts";
import { createDeadlines, type Deadlines } from "./deadline.ts";
import type { Environment } from "./environment.ts";
import { createExtensions, type Extensions } from "./extension/extensions.ts";
import { createMirrorCounts, type MirrorCounts } from "./filter/mirror-counts.ts";
import { unfitness } from "./fitness.ts";
import { type OpenGuards, openGuards } from "./guard/open-guards.ts";
import { type BodyMemory, createBodyMemory } from "./held-body.ts";
import { createReach, type Reach } from "./mesh/reach.ts";
import type { RequestWatcher } from "./observe.ts";
import { createGlobalLimits, type GlobalLimits } from "./rate-limit/global/global-limits.ts";
import { createRefusalLog, type RefusalLog } from "./refusal-log.ts";
import {
  createRuntime,
  type FoundEndpoints,
  type OpeningContext,
  type ServiceRuntime,
  takeOver,
} from "./service-runtime.ts";
import { keyringOf } from "./session/keyring.ts";
import { createSessions, type Sessions } from "./session/sessions.ts";
import { createStaleCache, forgetOldest, type StaleCache } from "./stale-cache.ts";
import { openTelemetry, type Telemetry } from "./telemetry/telemetry.ts";
import { watch } from "./telemetry/watch.ts";
import { createUnsentLog, type UnsentLog } from "./unsent.ts";

export interface OpenMesh {
  readonly mesh: Mesh;
  readonly routes: RouteTable;
  readonly services: readonly ServiceRuntime[];
  /** By index of the mesh's rollouts. */
  readonly rollouts: readonly RolloutWeight[];
  readonly guards: OpenGuards;
  readonly credentials: OpenCredentials;
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
  readonly unsent: UnsentLog;
  readonly stale: StaleCache;
  readonly mirrors: MirrorCounts;
  /** Everything that is held of bodies: requests, copies, kept answers. */
  readonly memory: BodyMemory;
  readonly sessions: Sessions;
  /** What it holds of limits that all isolates share. */
  readonly globalLimits: GlobalLimits;
  /** Answers seen, for watching one body in so many. */
  answers: number;
  /** Where it stands with the versions of the mesh. */
  readonly reach: Reach;
  /** Requests that met no service, since the last report that told of them. */
  readonly unrouted: Tally;
  /** Epoch until which somebody sees to it that they are reported. */
  unroutedDueMs: number;
  /** Is told of every request that ends; null: nobody asked. */
  watcher: RequestWatcher | null;
  /** What is told of single requests; null: nothing. */
  telemetry: Telemetry | null;
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
  const telemetry = openTelemetry(mesh.telemetry, env, null);
  const reporter = crypto.randomUUID();
  const deadlines = createDeadlines();
  const stale = createStaleCache();
  const memory = createBodyMemory(deadlines, (bytes) => forgetOldest(stale, memory.budget, bytes));
  return {
    open: openMesh(mesh, { region, rng, nowMs, extensions, env }),
    extensions,
    env,
    region,
    reporter,
    rng,
    dev: env.HEDDLE_DEV === "1",
    deadlines,
    refusals: createRefusalLog(),
    unsent: createUnsentLog(),
    stale,
    mirrors: createMirrorCounts(),
    memory,
    sessions,
    globalLimits: createGlobalLimits(env, { reporter, rng, meshAtMs: mesh.compiledAtMs }),
    answers: 0,
    reach: createReach(mesh, nowMs),
    unrouted: createTally(),
    unroutedDueMs: 0,
    watcher: watcherOf(telemetry),
    telemetry,
  };
}

/** Who is told of requests that end: nobody, where nothing is told of them. */
function watcherOf(telemetry: Telemetry | null): RequestWatcher | null {
  return telemetry === null ? null : (finished) => watch(telemetry, finished);
}

/**
 * Puts another mesh in force. What was known of a service goes on being used under the same name, and endpoints that were
 * discovered stay. Throws for one that asks for what this Worker does not have, or that `compileMesh` did not make; then the
 * one before stays. Linear in the mesh.
 */
export function swapMesh(isolate: Isolate, mesh: Mesh, nowMs: number): void {
  const before = isolate.open;
  const { region, rng, extensions, env } = isolate;
  const unfit = unfitness(mesh, isolate);
  if (unfit !== null) throw new Error(unfit.title);
  const known = new Map(before.services.map((runtime) => [runtime.state.service.name, runtime]));
  const open = openMesh(mesh, { region, rng, nowMs, extensions, env }, known, before);
  applyWords(open.rollouts, before.rollouts.filter(({ revision }) => revision > 0).map(wordOf));
  // From here on nothing throws: a runtime that was taken over is out of force.
  const services = open.services.map((runtime) => {
    const former = known.get(runtime.state.service.name);
    return former === undefined ? runtime : takeOver(runtime, former, nowMs);
  });
  isolate.open = { ...open, services };
  isolate.globalLimits.meshAtMs = mesh.compiledAtMs;
  isolate.telemetry = openTelemetry(mesh.telemetry, isolate.env, isolate.telemetry);
  isolate.watcher = watcherOf(isolate.telemetry);
}

function wordOf({ plan, stable, canary, percent, revision }: RolloutWeight): RolloutWord {
  return { name: plan.name, stable, canary, percent, revision };
}

const NONE: ReadonlyMap<string, ServiceRuntime> = new Map();

/** `known`: runtimes of before, by service, for endpoints that were discovered. `before`: what was in force; null nothing. */
function openMesh(
  mesh: Mesh,
  given: Omit<OpeningContext, "edge" | "credentials">,
  known = NONE,
  before: OpenMesh | null = null,
): OpenMesh {
  const secrets = secretsOf(given.env);
  const credentials = openCredentials(mesh.credentials, { secrets }, before?.credentials ?? null);
  const context = { ...given, edge: mesh.edge, credentials };
  const discovered = new Set(mesh.services.flatMap(discoveredWith));
  return {
    mesh,
    routes: openRoutes(mesh),
    services: mesh.services.map((service) => {
      const found = discovered.has(service.name) ? foundBefore(known.get(service.name)) : undefined;
      return createRuntime(service, context, found);
    }),
    rollouts: (mesh.rollouts ?? []).map((plan) => createWeight(plan, mesh.services)),
    guards: openGuards(mesh, before?.guards ?? null),
    credentials,
  };
}

/** The services that get endpoints by this one's discovery: itself, and its parts. */
function discoveredWith({ name, discovery }: Service): readonly string[] {
  return discovery === undefined ? [] : [name, ...discovery.subsets.map(({ service }) => service)];
}

function foundBefore(former: ServiceRuntime | undefined): FoundEndpoints {
  const { set = null, source = "mesh" } = former?.discovered ?? {};
  return { isDiscovered: true, set, source };
}
