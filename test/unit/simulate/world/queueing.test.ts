/** Stations against queueing theory. Source of the formulas: Kleinrock, "Queueing Systems", vol. 1, ch. 3 and 5. */
import { describe, expect, it } from "vitest";
import { seededRng } from "../../../../src/core/rng.ts";
import { type Distribution, sample } from "../../../../src/simulate/engine/distributions.ts";
import { runUntil, schedule } from "../../../../src/simulate/engine/event-queue.ts";
import { offer } from "../../../../src/simulate/world/serving.ts";
import { accountBusy } from "../../../../src/simulate/world/station.ts";
import { benchOf, jobOf } from "./stations.ts";

const MEAN_MS = 10;
const REQUESTS = 400_000;
/** Stretches that are long against the time in which a queue forgets, so that their means are nearly independent. */
const BATCHES = 40;

interface Measured {
  /** Waiting time without the service, in service times: its mean, and the standard error of that by the method of batch means. */
  readonly waitMean: number;
  readonly error: number;
  readonly waited: number;
  readonly busy: number;
}

/** Poisson arrivals at a station of `servers`, at utilisation `rho`. */
function measure(servers: number, rho: number, distribution: Distribution): Measured {
  const { queue, station } = benchOf({ servers, meanServiceMs: MEAN_MS, distribution });
  const rng = seededRng(servers * 1_000 + rho * 100);
  const sums = new Float64Array(BATCHES);
  let waited = 0;
  let arrived = 0;
  const gapMs = MEAN_MS / servers / rho;
  const arrive = () => {
    const number = arrived++;
    if (arrived < REQUESTS) schedule(queue, queue.nowMs - Math.log(1 - rng()) * gapMs, arrive, null);
    const atMs = queue.nowMs;
    const demand = sample(station.sampler, 1 - rng(), rng());
    const job = jobOf(demand, () => {
      const waitMs = queue.nowMs - atMs - demand * MEAN_MS;
      sums[Math.floor((number * BATCHES) / REQUESTS)]! += waitMs;
      if (waitMs > 1e-6) waited += 1;
    });
    offer(queue, station, job);
  };
  arrive();
  while (queue.size > 0) runUntil(queue, queue.nowMs + 10_000);
  accountBusy(station, queue.nowMs);
  const means = Array.from(sums, (sum) => sum / (REQUESTS / BATCHES) / MEAN_MS);
  const waitMean = means.reduce((a, b) => a + b, 0) / BATCHES;
  const variance = means.reduce((sum, mean) => sum + (mean - waitMean) ** 2, 0) / (BATCHES - 1);
  const busy = station.busyMs / servers / (REQUESTS * gapMs);
  return { waitMean, error: Math.sqrt(variance / BATCHES), waited: waited / REQUESTS, busy };
}

/** Erlang's C: the probability of having to wait. */
function erlangC(servers: number, rho: number): number {
  const load = servers * rho;
  let term = 1;
  let sum = 0;
  for (let k = 0; k < servers; k++) {
    sum += term;
    term *= load / (k + 1);
  }
  const last = term / (1 - rho);
  return last / (sum + last);
}

describe("a station", () => {
  // Mean waiting time of M/M/c in service times: C / (c (1 − ρ)); for c = 1 that is ρ / (1 − ρ). Four standard errors by batch
  // means are a fluke in 16,000. They have to be small for the test to say anything: 5 % of the mean at most.
  it.each([
    [1, 0.5],
    [1, 0.8],
    [4, 0.7],
    [8, 0.85],
    [20, 0.8],
  ])("of %i servers at utilisation %d waits as M/M/c does", (servers, rho) => {
    const { waitMean, error, waited, busy } = measure(servers, rho, { type: "exponential" });
    const theory = erlangC(servers, rho) / (servers * (1 - rho));
    expect(error).toBeLessThan(0.05 * theory);
    expect(Math.abs(waitMean - theory)).toBeLessThan(4 * error);
    // Those who wait: a mean of REQUESTS / (relaxation of some 1/(1 − ρ)² arrivals) independent looks at the queue.
    const looks = REQUESTS * (1 - rho) ** 2;
    expect(Math.abs(waited - erlangC(servers, rho))).toBeLessThan(4 * Math.sqrt(0.25 / looks));
    // Work is conserved: the arrivals' total demand is certain to 1/√REQUESTS, so is their span.
    expect(Math.abs(busy - rho)).toBeLessThan((5 * Math.SQRT2 * rho) / Math.sqrt(REQUESTS));
  });

  // Pollaczek and Khinchine: ρ (1 + cv²) / (2 (1 − ρ)).
  it.each([
    ["deterministic", { type: "deterministic" }, 0],
    ["lognormal", { type: "lognormal", cv: 1.5 }, 1.5],
  ] as [string, Distribution, number][])("of one server and %s service waits as M/G/1 does", (_, distribution, cv) => {
    const rho = 0.7;
    const { waitMean, error } = measure(1, rho, distribution);
    const theory = (rho * (1 + cv ** 2)) / (2 * (1 - rho));
    expect(error).toBeLessThan(0.05 * theory);
    expect(Math.abs(waitMean - theory)).toBeLessThan(4 * error);
  });
});
