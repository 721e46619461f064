/**
 * Samples of decisions, taken while somebody looks: `left` says how many more the object asked for, and is 0 otherwise, which
 * is all that a request looks at.
 */
import {
  type DecisionSample,
  MAX_CANDIDATES,
  MAX_EXPLAINED,
  MAX_PATH,
  MAX_SAMPLES,
  type SampledCandidate,
} from "../core/decision-sample.ts";
import { explainService } from "../core/service-state.ts";
import type { Carried, TrailEntry } from "./carried.ts";

/** Mutable. */
export interface Sampling {
  left: number;
  taken: DecisionSample[];
}

export function createSampling(): Sampling {
  return { left: 0, taken: [] };
}

/** The snapshot asks for so many. */
export function onAsked(sampling: Sampling, wanted: number | undefined): void {
  sampling.left = Math.max(0, Math.min(MAX_SAMPLES, wanted ?? 0) - sampling.taken.length);
}

/** What is to be reported; it is taken out. Null: nothing. */
export function samplesToSend(sampling: Sampling): readonly DecisionSample[] | null {
  if (sampling.taken.length === 0) return null;
  const { taken } = sampling;
  sampling.taken = [];
  return taken;
}

/**
 * Takes a sample of a request that has ended. Quadratic in the endpoints, of which there are at most MAX_EXPLAINED.
 *
 * - `winner`: id of the endpoint whose answer is passed on; "" for none.
 * - `attempts`: all of them, in order.
 */
export function takeSample(
  { chosen, service, routeName, request, address, hashKey, isolate, arrivedAtMs }: Carried,
  winner: string,
  attempts: readonly TrailEntry[],
  status: number,
  nowMs: number,
): void {
  chosen.sampling.left -= 1;
  chosen.sampling.taken.push({
    atMs: nowMs,
    route: routeName.slice(0, MAX_PATH),
    method: request.method.slice(0, 16),
    path: address.path.slice(0, MAX_PATH),
    candidates: candidatesOf(service.state, { nowMs, rng: isolate.rng, hashKey: hashKey ?? "" }),
    winner,
    attempts: attempts.slice(-16).map(({ endpoint, outcome }) => ({ id: endpoint, outcome })),
    status,
    latencyMs: Math.max(0, nowMs - arrivedAtMs),
  });
}

type State = Parameters<typeof explainService>[0];

function candidatesOf(state: State, asked: Parameters<typeof explainService>[1]): readonly SampledCandidate[] {
  if (state.service.endpoints.length > MAX_EXPLAINED) return [];
  return explainService(state, asked)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, MAX_CANDIDATES)
    .map(({ id, probability, cost, available, reason }) => ({
      id,
      probability: Math.max(0, probability),
      cost: cost === null || !Number.isFinite(cost) ? null : Math.max(0, cost),
      state: (reason !== "" ? reason : available ? "available" : "not available").slice(0, 256),
    }));
}
