/** Rollouts as they are compiled: part of the mesh (mesh.ts); plain data, every default resolved. */

/** How traffic moves from one service to another, and what has to be seen on the way. */
export interface RolloutPlan {
  readonly name: string;
  /** Indices into Mesh.services; never the same. */
  readonly stable: number;
  readonly canary: number;
  /** Never empty; percents ascend. */
  readonly steps: readonly RolloutStep[];
  readonly analysis: RolloutAnalysis;
  readonly force: RolloutForce;
}

export interface RolloutStep {
  /** Of the requests that go to the canary, above 0, at most 100. */
  readonly percent: number;
  /** The step is left for the next one after so long, at the earliest. */
  readonly bakeMs: number;
}

export interface RolloutAnalysis {
  /** Fewer requests than this are never enough to go on, ≥ 1. */
  readonly minRequests: number;
  /** Chance, 0..1, that one limit of one step ends the rollout of a canary that keeps it. */
  readonly alpha: number;
  /** Share of failures 0..1 that the canary may have; 1: no limit. */
  readonly maxFailureRatio: number;
  /** Share of failures 0..1 that it may have more than the stable side; 1: no limit. */
  readonly maxFailureRise: number;
  /** Of the 99th percentile of its good answers; 0: no limit. */
  readonly maxP99Ms: number;
  /** Times the stable side's 99th percentile; 0: no limit. */
  readonly maxP99Ratio: number;
  /** A step still undecided so long after its bake time ends the rollout; null: it waits. */
  readonly rollBackAfterMs: number | null;
}

/** Where a caller may name the side to go to, "stable" or "canary". Null: nowhere. */
export interface RolloutForce {
  /** Lower case. */
  readonly header: string | null;
  readonly cookie: string | null;
}
