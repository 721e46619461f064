/** Endpoints in virtual time: Poisson arrivals, a way of 20 ms and lognormal times at the endpoint, second by second. */
import type { AnomalyState } from "../../../../../src/core/health/anomaly/anomaly-state.ts";
import { createAnomalyState } from "../../../../../src/core/health/anomaly/anomaly-state.ts";
import { type Finding, observeAnomaly, stepAnomaly } from "../../../../../src/core/health/anomaly/detect.ts";
import { type Rng, seededRng } from "../../../../../src/core/rng.ts";

export interface Weather {
  /** Factor on the time at the endpoint, further latency in ms, factor on the rate, share of failures. */
  readonly slow?: number;
  readonly detourMs?: number;
  readonly load?: number;
  readonly failures?: number;
}

export interface Drive {
  readonly state: AnomalyState;
  /** Lets seconds pass. Findings with the second, from 0, in which they came. */
  readonly run: (
    seconds: number,
    weather?: (endpoint: number, second: number) => Weather,
  ) => readonly (Finding & { readonly second: number })[];
}

const WAY_MS = 20;
const SERVICE_MS = 40;
const USUAL_FAILURES = 0.002;
/** Above so many answers their sum is taken to be normal. */
const MANY = 30;

export function drive(size: number, rps: number, seed = 1, cv = 1): Drive {
  const state = createAnomalyState({ sensitivity: "medium", maxLeanPercent: 50 }, size, 1);
  const rng = seededRng(seed);
  const variance = Math.log(1 + cv * cv);
  let now = 1e9;
  return {
    state,
    run(seconds, weather = () => ({})) {
      const found: (Finding & { second: number })[] = [];
      for (let second = 0; second < seconds; second++) {
        for (let e = 0; e < size; e++) {
          const { slow = 1, detourMs = 0, load = 1, failures = USUAL_FAILURES } = weather(e, second);
          const n = poisson(rps * load, rng);
          const failed = Math.min(n, poisson(n * failures, rng));
          const mean = SERVICE_MS * slow;
          let sumMs = (n - failed) * (WAY_MS + detourMs);
          if (n <= MANY) {
            for (let i = failed; i < n; i++) {
              sumMs += mean * Math.exp(Math.sqrt(variance) * normal(rng) - variance / 2);
            }
          } else sumMs += Math.max(0, (n - failed) * mean + Math.sqrt(n) * mean * cv * normal(rng));
          if (n > 0) observeAnomaly(state, 0, e, { ok: n - failed, sumMs, failed }, now);
        }
        for (const finding of stepAnomaly(state, () => false, now)) found.push({ ...finding, second });
        now += 1_000;
      }
      return found;
    },
  };
}

export function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng())) * Math.cos(2 * Math.PI * rng());
}

function poisson(mean: number, rng: Rng): number {
  if (mean > 40) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(rng)));
  const least = Math.exp(-mean);
  let count = 0;
  for (let product = rng(); product > least; product *= rng()) count++;
  return count;
}
