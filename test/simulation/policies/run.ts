/** One run of the comparison: who, where, which day and with which chance. */
import { createSketch, mergeColumns, quantile, sketchToColumns } from "../../../src/core/load/sketch.ts";
import type { Mesh, PolicyName } from "../../../src/core/mesh.ts";
import { CONTENDERS } from "../../../src/simulate/contenders.ts";
import { createDay, type Day } from "../../../src/simulate/day.ts";
import { play, warmUp } from "../../../src/simulate/game-day.ts";
import { dayOf } from "./days.ts";
import { type FleetName, originsOf, SHAPES } from "./fleet.ts";

export interface Run {
  readonly fleet: FleetName;
  readonly scenario: string;
  readonly utilisationPercent: number;
  /** A policy, or a model of another proxy. */
  readonly policy: string;
  readonly seed: number;
  /** How long the faults last, ms. */
  readonly forMs: number;
}

/** What a run showed in the judged stretch. Ratios 0..1; times in ms, of successful requests. */
export interface Outcome extends Run {
  readonly requests: number;
  readonly success: number;
  /** Answered well within the objective. */
  readonly withinSlo: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly retriesPerRequest: number;
  readonly shed: number;
}

export const WARM_UP_MS = 20_000;
export const SLO_MS = 500;

/** Plays a run. Throws on names that are none. About a second for each 80,000 requests. */
export function playRun(run: Run, mesh: Mesh): Outcome {
  const { fleet, scenario, utilisationPercent, policy, seed, forMs } = run;
  const shape = SHAPES[fleet];
  const utilisation = utilisationPercent / 100;
  const compared = dayOf(scenario, mesh, forMs);
  const contender = CONTENDERS.find(({ name }) => name === policy);
  const origins = originsOf(shape, utilisation);
  const day = createDay({
    mesh,
    scenario: compared.scenario,
    seed,
    rps: shape.rps,
    durationMs: compared.durationMs,
    warmUpMs: WARM_UP_MS,
    sloMs: SLO_MS,
    utilisation,
    ...(origins !== null && { origins }),
    ...(contender === undefined ? { policy: policy as PolicyName } : { contender }),
  });
  warmUp(day);
  play(day);
  return { ...run, ...judged(day, compared.judgedFromMs, compared.judgedToMs) };
}

/** Sums the buckets of a stretch up; its ends lie between buckets. */
function judged({ recorder }: Day, fromMs: number, toMs: number): Omit<Outcome, keyof Run> {
  const { bucketMs } = recorder;
  const latency = createSketch();
  let [requests, ok, withinSlo, retries, shed] = [0, 0, 0, 0, 0];
  for (const bucket of recorder.buckets.slice(fromMs / bucketMs, toMs / bucketMs)) {
    requests += bucket.requests;
    ok += bucket.ok;
    withinSlo += bucket.withinSlo;
    retries += bucket.retries;
    shed += bucket.shed;
    mergeColumns(latency, sketchToColumns(bucket.latency));
  }
  return {
    requests,
    success: ok / requests,
    withinSlo: withinSlo / requests,
    p50Ms: latency.total === 0 ? Number.NaN : quantile(latency, 0.5),
    p99Ms: latency.total === 0 ? Number.NaN : quantile(latency, 0.99),
    retriesPerRequest: retries / requests,
    shed: shed / requests,
  };
}
