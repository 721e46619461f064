/** What this isolate knows, for people and tools that look: read only, no secrets, nothing of any request. */
import { type CandidateView, explainService } from "../core/service-state.ts";
import type { MirrorCounts } from "./filter/mirror-counts.ts";
import { sessionProblem } from "./fitness.ts";
import type { Isolate } from "./isolate.ts";
import type { SessionCounts } from "./session/sessions.ts";

export interface IsolateView {
  readonly meshVersion: string;
  readonly region: string;
  readonly reporter: string;
  readonly attemptsInFlight: number;
  /** Copies of requests that filters asked for. */
  readonly mirrors: MirrorCounts;
  readonly sessions: SessionCounts;
  /** What an operator has to see to; usually empty. */
  readonly problems: readonly string[];
  readonly services: readonly ServiceView[];
  /** Weights of rollouts in force here; revision 0: none was heard of. */
  readonly rollouts: readonly { readonly name: string; readonly percent: number; readonly revision: number }[];
}

export interface ServiceView {
  readonly service: string;
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
    meshVersion: isolate.open.mesh.version,
    region: isolate.region,
    reporter: isolate.reporter,
    attemptsInFlight: isolate.deadlines.inFlight.size,
    mirrors: { ...isolate.mirrors },
    sessions: { ...isolate.sessions.counts },
    problems: problemsOf(isolate),
    rollouts: isolate.open.rollouts.map(({ plan, percent, revision }) => ({ name: plan.name, percent, revision })),
    services: isolate.open.services.map(({ state, sync }) => ({
      service: state.service.name,
      policy: state.service.loadBalancing.policy,
      snapshotAgeMs: state.snapshot === null ? null : Math.max(0, nowMs - state.snapshotAtMs),
      sync: { calls: sync.calls, failures: sync.failures, lastError: sync.lastError, slowdown: sync.slowdown },
      endpoints: explainService(state, { nowMs, rng: isolate.rng, hashKey: "" }),
    })),
  };
}

function problemsOf({ open, sessions, extensions }: Isolate): readonly string[] {
  const problem = sessionProblem(open.mesh, sessions);
  const faults = [...extensions.faults].map(([extension, { count }]) => `${extension} failed ${count} times`);
  return problem === null ? faults : [problem.title, ...faults];
}
