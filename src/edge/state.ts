/** What this isolate knows, for people and tools that look: read only, no secrets, nothing of any request. */

import { HEDDLE_RELEASE } from "../core/release.ts";
import { type CandidateView, explainService } from "../core/service-state.ts";
import { credentialProblems } from "../security/origin/open.ts";
import type { MirrorCounts } from "./filter/mirror-counts.ts";
import { sessionProblem } from "./fitness.ts";
import { guardProblems } from "./guard/open-guards.ts";
import { isHeldBody } from "./held-body.ts";
import type { Isolate } from "./isolate.ts";
import type { MeshSource, RefusedMesh } from "./mesh/reach.ts";
import type { GlobalCounts } from "./rate-limit/global/global-limits.ts";
import { globalLimitProblems } from "./rate-limit/global/problems.ts";
import { type EndpointSource, revisionOf, type ServiceRuntime } from "./service-runtime.ts";
import type { SessionCounts } from "./session/sessions.ts";
import { type TelemetryView, telemetryViewOf } from "./telemetry/view.ts";
import { transportProblems } from "./transport.ts";

export interface IsolateView {
  /** The release of this code. */
  readonly heddle: string;
  readonly meshVersion: string;
  readonly mesh: MeshView;
  readonly region: string;
  readonly reporter: string;
  readonly attemptsInFlight: number;
  /** Copies of requests that filters asked for. */
  readonly mirrors: MirrorCounts;
  readonly bodies: BodiesView;
  readonly sessions: SessionCounts;
  /** Of rate limits that all isolates share. */
  readonly globalLimits: GlobalCounts;
  /** What was told of single requests; null: the mesh asks for nothing. */
  readonly telemetry: TelemetryView | null;
  /** What an operator has to see to; usually empty. */
  readonly problems: readonly string[];
  readonly services: readonly ServiceView[];
  /** Weights of rollouts in force here; revision 0: none was heard of. */
  readonly rollouts: readonly { readonly name: string; readonly percent: number; readonly revision: number }[];
}

/** What is held in memory of bodies. `declined`, `refused`: how often there was no room, for uses that do without and for requests. */
export interface BodiesView {
  readonly heldBytes: number;
  readonly mostBytes: number;
  readonly declined: number;
  readonly refused: number;
}

/** Whence the mesh in force is, and what was offered since. */
export interface MeshView {
  readonly source: MeshSource;
  /** When it was accepted, epoch; for the bundled one, when it was compiled. */
  readonly acceptedAtMs: number;
  /** For how long it has been in force here. */
  readonly ageMs: number;
  /** Digest of a version that is being loaded; "" none. */
  readonly loading: string;
  /** The version offered last that could not be taken; null: none since the one in force. */
  readonly refused: Pick<RefusedMesh, "version" | "reason" | "kind" | "tries"> | null;
}

/** Which endpoints a service has here; revision 0: those that the mesh lists. */
export interface EndpointsView {
  readonly revision: number;
  readonly source: EndpointSource;
}

export interface ServiceView {
  readonly service: string;
  readonly endpointSet: EndpointsView;
  readonly policy: string;
  readonly snapshotAgeMs: number | null;
  readonly sync: {
    readonly calls: number;
    readonly failures: number;
    readonly lastError: string;
    readonly slowdown: number;
  };
  readonly endpoints: readonly CandidateView[];
}

/** Describes the isolate. Never throws. */
export function stateOf(isolate: Isolate, nowMs: number): IsolateView {
  return {
    heddle: HEDDLE_RELEASE,
    meshVersion: isolate.open.mesh.version,
    mesh: meshViewOf(isolate, nowMs),
    region: isolate.region,
    reporter: isolate.reporter,
    attemptsInFlight: attemptsIn(isolate),
    mirrors: { ...isolate.mirrors },
    bodies: bodiesViewOf(isolate),
    sessions: { ...isolate.sessions.counts },
    globalLimits: { ...isolate.globalLimits.counts },
    telemetry: telemetryViewOf(isolate.telemetry),
    problems: problemsOf(isolate),
    rollouts: isolate.open.rollouts.map(({ plan, percent, revision }) => ({ name: plan.name, percent, revision })),
    services: isolate.open.services.map((runtime) => serviceViewOf(runtime, isolate, nowMs)),
  };
}

function attemptsIn({ deadlines }: Isolate): number {
  let attempts = 0;
  for (const entry of deadlines.inFlight) if (!isHeldBody(entry)) attempts += 1;
  return attempts;
}

function bodiesViewOf({ memory }: Isolate): BodiesView {
  const { usedBytes, mostBytes, declined, refused } = memory.budget;
  return { heldBytes: usedBytes, mostBytes, declined, refused };
}

function serviceViewOf(runtime: ServiceRuntime, isolate: Isolate, nowMs: number): ServiceView {
  const { state, sync } = runtime;
  return {
    service: state.service.name,
    endpointSet: endpointsViewOf(runtime),
    policy: state.service.loadBalancing.policy,
    snapshotAgeMs: state.snapshot === null ? null : Math.max(0, nowMs - state.snapshotAtMs),
    sync: { calls: sync.calls, failures: sync.failures, lastError: sync.lastError, slowdown: sync.slowdown },
    endpoints: explainService(state, { nowMs, rng: isolate.rng, hashKey: "" }),
  };
}

export function endpointsViewOf(runtime: ServiceRuntime): EndpointsView {
  return { revision: revisionOf(runtime), source: runtime.discovered.source };
}

function meshViewOf({ reach }: Isolate, nowMs: number): MeshView {
  const { source, atMs, sinceMs, loading } = reach;
  const { version, reason, kind, tries } = reach.refused ?? {};
  return {
    source,
    acceptedAtMs: atMs,
    ageMs: Math.max(0, nowMs - sinceMs),
    loading: loading?.version ?? "",
    refused: version === undefined ? null : { version, reason: reason!, kind: kind!, tries: tries! },
  };
}

/** What an operator has to see to, a sentence each. */
export function problemsOf({ open, env, sessions, extensions, reach, globalLimits }: Isolate): readonly string[] {
  const problems: string[] = [];
  const problem = sessionProblem(open.mesh, sessions);
  if (problem !== null) problems.push(problem.title);
  problems.push(...guardProblems(open.guards, env), ...globalLimitProblems(globalLimits));
  problems.push(...credentialProblems(open.credentials));
  problems.push(...transportProblems(open.services, env));
  if (reach.refused !== null) {
    const { version, kind, reason } = reach.refused;
    const what = kind === "load" ? "could not be loaded" : "cannot run here";
    problems.push(`mesh ${version} ${what} (${reason}); ${open.mesh.version} stays in force`);
  }
  for (const { state, discovered } of open.services) {
    const { refusedRevision, refusedReason, set } = discovered;
    if (refusedRevision <= (set?.revision ?? 0)) continue;
    problems.push(`endpoints ${refusedRevision} of ${state.service.name} could not be taken (${refusedReason})`);
  }
  for (const [extension, { count }] of extensions.faults) problems.push(`${extension} failed ${count} times`);
  return problems;
}
