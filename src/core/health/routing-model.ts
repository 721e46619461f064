/**
 * The control step: from what was measured to routing probabilities, retry allowance and shedding, every 250 ms.
 *
 * The expected cost of getting an answer is way + unloaded time + f/(1 − f) × the price of one failure; preferences fall
 * with its sixth power (above a few milliseconds that do not matter), so that one 12 % dearer gets half. Queueing is not part of it: load is the business of
 * the capacities (capacity.ts), and a router that reacts to it twice oscillates.
 */
import { partition } from "../balance/candidates.ts";
import { type ConcurrencyModel, stepConcurrency } from "../limit/adaptive-concurrency.ts";
import { readDecayed } from "../load/decayed-sum.ts";
import { leanOf } from "./anomaly/watch.ts";
import { queueTargetMs, stepCapacity } from "./capacity.ts";
import { type Coordinator, isAvailable, isBarred, isServing, RATE_TAU_MS } from "./coordinator-state.ts";
import { explore } from "./exploration.ts";
import { commonDelayMs, keepsUp, nextGoodput } from "./goodput.ts";
import { withHeadroom } from "./headroom.ts";
import { floorMs, refreshUnloaded, serverTime } from "./latency.ts";
import { failureRatio } from "./outcomes.ts";
import { NO_SHEDDING, nextShedding } from "./shedding.ts";
import { stepStall } from "./stall.ts";
import { fillWater } from "./water-filling.ts";

/** Milliseconds between control steps. Queues build over seconds; reports come every second. */
export const STEP_MS = 250;
/** Seconds that one step covers at most: after a silence nothing is known about the time in between. */
const MAX_STEP_S = 1;
/** Exponent of cost in the preference. */
const COST_EXPONENT = 6;
/**
 * Added to every cost, ms: between endpoints that answer within some tens of milliseconds a difference of one or two is
 * noise of the estimate, and must not move a third of the traffic.
 */
const INDIFFERENCE_MS = 15;
/** A failure ratio above this is taken as this: the price of a failure stays finite. */
const MAX_FAILURE_RATIO = 0.95;
/** Decayed samples that an endpoint's delay must be known by, to tell what is common to all. */
const COMMON_MIN_SAMPLES = 4;
/** Retries that are always covered while nothing is shed, as a share of the requests: slack is only known to a few percent. */
const MIN_SLACK_RATIO = 0.1;
/** A coordinator that just started sees less than a time constant of traffic; at least this share of it is assumed seen. */
const MIN_WARMTH = 0.05;

/** Milliseconds of traffic after which rates are what they are, to 5 %. */
const WARM_MS = 3 * RATE_TAU_MS;

/** Runs the control step if it is due. At most 40 × regions × endpoints steps of arithmetic. */
export function stepRouting(c: Coordinator, nowMs: number): void {
  const elapsedMs = nowMs - c.steppedAtMs;
  if (elapsedMs < STEP_MS) return;
  c.steppedAtMs = nowMs;
  const seconds = Math.min(MAX_STEP_S, elapsedMs / 1_000);
  refreshUnloaded(c.latency, nowMs);

  const warmth = Math.min(1, (nowMs - c.firstReportAtMs) / RATE_TAU_MS + MIN_WARMTH);
  const perSecond = 1_000 / RATE_TAU_MS / (c.firstReportAtMs < 0 ? 1 : warmth);
  const demandRps = new Float64Array(c.regions.length);
  let totalRps = 0;
  for (let r = 0; r < c.regions.length; r++) {
    demandRps[r] = readDecayed(c.demand, r, nowMs) * perSecond;
    totalRps += demandRps[r]!;
  }

  const isStalled = pauses(c, perSecond, seconds, nowMs);
  const commonMs = delayToIgnore(c, totalRps, perSecond, isStalled ? 0 : seconds, nowMs);
  let capacityRps = 0;
  let knownRps = 0;
  let deliveredRps = 0;
  let queueing = 0;
  for (let e = 0; e < c.size; e++) {
    const delivered = readDecayed(c.delivered, e, nowMs) * perSecond;
    const { meanMs, samples } = serverTime(c.latency, e, nowMs);
    const out = isOut(c, e);
    const input = {
      serverMs: meanMs - commonMs,
      samples,
      unloadedMs: c.latency.unloadedMs[e]!,
      deliveredRps: delivered,
      timedOutRps: readDecayed(c.timedOut, e, nowMs) * perSecond,
      throttledRps: readDecayed(c.throttled, e, nowMs) * perSecond,
      sinceOkMs: nowMs - c.latency.lastOkAtMs[e]!,
      out,
      isStalled,
      totalRps,
      fairRps: totalRps / c.size,
    };
    stepCapacity(c.capacity, e, input, nowMs, seconds);
    if (out) continue;
    capacityRps += c.capacity.allowedRps[e]!;
    knownRps += c.capacity.knownRps[e]!;
    if (Number.isNaN(meanMs)) continue;
    deliveredRps += delivered;
    queueing += delivered * c.capacity.queueMs[e]!;
  }

  if (c.concurrency !== null) limitConcurrency(c, c.concurrency, demandRps, perSecond, seconds, nowMs);
  distribute(c, demandRps, nowMs);
  // As long as everything is answered nothing is gained by refusing some of it; after a pause in common it will be.
  const isBehind = !isStalled && !keepsUp(c.goodputRatio);
  const queueMs = deliveredRps > 0 && isBehind ? queueing / deliveredRps : 0;
  if (c.concurrency === null) {
    c.shedding = nextShedding(c.shedding, { demandRps: totalRps, capacityRps, knownRps, queueMs }, seconds);
  }
  const slack = Math.max(0, knownRps / Math.max(1, totalRps) - 1);
  c.slackRatio = c.shedding.ratio > 0 ? slack : Math.max(MIN_SLACK_RATIO, slack);
}

/**
 * Lets endpoints have what they can do; what none lets in counts as shed. All together are limited as one, which is measured
 * ten times as well and does not depend on who gets what; one alone only while all together have room, and where no
 * probabilities take its load off it: then it is taken to be wanted by its weight.
 */
function limitConcurrency(
  c: Coordinator,
  model: ConcurrencyModel,
  demandRps: Float64Array,
  perSecond: number,
  seconds: number,
  nowMs: number,
): void {
  let wantedRps = 0;
  for (const rps of demandRps) wantedRps += rps;
  let weights = 0;
  for (let e = 0; e < c.size; e++) if (!isOut(c, e)) weights += c.weights[e]!;
  const pool = {
    endpoints: 0,
    wayMs: 0,
    serverMs: 0,
    samples: 0,
    unloadedMs: 0,
    deliveredRps: 0,
    timedOutRps: 0,
    wantedRps,
  };
  const isApart = c.service.loadBalancing.policy !== "adaptive" && model.admitRatio[c.size] === 1;
  if (!isApart) model.admitRatio.fill(1, 0, c.size);
  for (let e = 0; e < c.size; e++) {
    if (isOut(c, e)) continue;
    const { meanMs, samples } = serverTime(c.latency, e, nowMs);
    const input = {
      endpoints: 1,
      wayMs: meanWayMs(c, e, demandRps, wantedRps),
      serverMs: meanMs,
      samples,
      unloadedMs: c.latency.unloadedMs[e]!,
      deliveredRps: readDecayed(c.delivered, e, nowMs) * perSecond,
      timedOutRps: readDecayed(c.timedOut, e, nowMs) * perSecond,
      wantedRps: (wantedRps * c.weights[e]!) / weights,
    };
    if (isApart) stepConcurrency(model, e, input, seconds);
    pool.endpoints += 1;
    pool.deliveredRps += input.deliveredRps;
    pool.timedOutRps += input.timedOutRps;
    if (Number.isNaN(meanMs)) continue;
    pool.samples += samples;
    pool.wayMs += samples * input.wayMs;
    pool.serverMs += samples * meanMs;
    pool.unloadedMs += samples * input.unloadedMs;
  }
  if (pool.samples > 0) {
    pool.wayMs /= pool.samples;
    pool.serverMs /= pool.samples;
    pool.unloadedMs /= pool.samples;
    stepConcurrency(model, c.size, pool, seconds);
  }
  const ratio = model.admitRatio[c.size]!;
  if (ratio < 1) model.admitRatio.fill(ratio, 0, c.size);
  c.shedding = ratio < 1 ? { engaged: true, ratio: 1 - ratio } : NO_SHEDDING;
}

/** The way to an endpoint, averaged over those who ask; 0 while nobody does. */
function meanWayMs(c: Coordinator, e: number, demandRps: Float64Array, totalRps: number): number {
  let sum = 0;
  for (let r = 0; r < demandRps.length; r++) sum += demandRps[r]! * floorMs(c.latency, r, e);
  return totalRps > 0 ? sum / totalRps : 0;
}

/** Whether all endpoints pause together, or just did. */
function pauses(c: Coordinator, perSecond: number, seconds: number, nowMs: number): boolean {
  // Rates that are made up for being young are no measure of what is usual.
  if (nowMs - c.firstReportAtMs < WARM_MS) return false;
  const deliveredRps = new Float64Array(c.size);
  let timedOutRps = 0;
  for (let e = 0; e < c.size; e++) {
    deliveredRps[e] = readDecayed(c.delivered, e, nowMs) * perSecond;
    timedOutRps += readDecayed(c.timedOut, e, nowMs) * perSecond;
  }
  return stepStall(c.stall, { deliveredRps, timedOutRps, isShedding: c.shedding.ratio > 0 }, nowMs, seconds);
}

/** The delay that endpoints have in common while they answer all that is asked: it tells nothing of any of them. */
function delayToIgnore(c: Coordinator, totalRps: number, perSecond: number, seconds: number, nowMs: number): number {
  let deliveredRps = 0;
  const queuesMs = new Float64Array(c.size).fill(Number.NaN);
  for (let e = 0; e < c.size; e++) {
    deliveredRps += readDecayed(c.delivered, e, nowMs) * perSecond;
    const { meanMs, samples } = serverTime(c.latency, e, nowMs);
    if (!isOut(c, e) && samples > COMMON_MIN_SAMPLES) queuesMs[e] = Math.max(0, meanMs - c.latency.unloadedMs[e]!);
  }
  c.goodputRatio = nextGoodput(c.goodputRatio, deliveredRps, totalRps * (1 - c.shedding.ratio), seconds);
  return keepsUp(c.goodputRatio) ? commonDelayMs(queuesMs) : 0;
}

function isOut(c: Coordinator, e: number): boolean {
  return c.breakers[e]!.state !== "closed" || !isServing(c.health[e]!);
}

/** Preferences by cost, water-filling, and the exploration floor. */
function distribute(c: Coordinator, demandRps: Float64Array, nowMs: number): void {
  const { size } = c;
  const regionCount = c.regions.length;
  const preference = new Float64Array(size * regionCount);
  for (let r = 0; r < regionCount; r++) {
    for (let e = 0; e < size; e++) {
      if (!isAvailable(c, r, e)) continue;
      const failed = Math.min(MAX_FAILURE_RATIO, failureRatio(c.outcomes, r, e, nowMs).ratio);
      const cost =
        floorMs(c.latency, r, e) +
        c.latency.comparableMs[e]! +
        (failed / (1 - failed)) * c.service.loadBalancing.failurePenaltyMs;
      preference[r * size + e] =
        c.weights[e]! * c.factors[e]! * leanOf(c, e) * (INDIFFERENCE_MS + Math.max(1, cost)) ** -COST_EXPONENT;
    }
  }
  const usable = new Uint8Array(size);
  for (let e = 0; e < size; e++) usable[e] = c.breakers[e]!.state === "closed" && isServing(c.health[e]!) ? 1 : 0;
  const admitted = demandRps.map((rps) => rps * (1 - c.shedding.ratio));
  const { levelOf, levelCount } = c.priorities;
  const levelLoad = new Float64Array(regionCount * levelCount).fill(1);
  if (levelCount > 1) for (let r = 0; r < regionCount; r++) fillLevelLoads(c, r, levelLoad);
  const { allowedRps, knownRps, variance } = c.capacity;
  const known = { allowedRps, knownRps, variance, weights: c.weights, usable };
  const capacityRps = withHeadroom({ demandRps: admitted.reduce((sum, rps) => sum + rps, 0), ...known });
  // Less weight is less load, also where everything is full. More weight makes nothing carry more.
  for (let e = 0; e < size; e++) capacityRps[e]! *= Math.min(1, c.factors[e]!);
  const fit = { regionCount, size, demandRps: admitted, preference, capacityRps, usable, levelOf, levelCount };
  fillWater({ ...fit, levelLoad, taps: c.taps }, c.probability);
  const weights = c.weights.map((weight, e) => weight * c.factors[e]!);
  explore({ size, demandRps: admitted, preference, weights, answers: c.answersMet }, c.probability);
  if (c.service.failover.mode !== "learning") return;
  for (let cell = 0; cell < c.probability.length; cell++) {
    if (preference[cell]! <= 0) continue;
    // A closed tap means a full endpoint: exploring it matters less, and overloads it.
    const floor = c.service.failover.explorationFloor * Math.min(1, c.taps[cell % size]! * 10 + 0.1);
    c.probability[cell] = Math.max(c.probability[cell]!, floor);
  }
}

/** Share of a region's requests by priority, with Envoy's overprovisioning and panic. */
function fillLevelLoads(c: Coordinator, region: number, levelLoad: Float64Array): void {
  const { size, service } = c;
  const { levelOf, levelCount } = c.priorities;
  const available = new Uint8Array(size);
  const barred = new Uint8Array(size);
  for (let e = 0; e < size; e++) {
    available[e] = isAvailable(c, region, e) ? 1 : 0;
    barred[e] = isBarred(c.health[e]!) ? 1 : 0;
  }
  levelLoad.fill(0, region * levelCount, (region + 1) * levelCount);
  for (const level of partition({ service, available, weight: c.weights, barred }).all) {
    levelLoad[region * levelCount + levelOf[level.candidates.index[0]!]!]! += level.percent / 100;
  }
}

/** Whether something is changing, so that isolates should report faster. */
export function isSaturated(c: Coordinator, endpoint: number, nowMs: number): boolean {
  return c.capacity.congested[endpoint] === 1 || c.capacity.holdUntilMs[endpoint]! > nowMs;
}

/** Queueing that counts as saturation, for `explain`. */
export function saturationQueueMs(c: Coordinator, endpoint: number): number {
  return queueTargetMs(c.latency.unloadedMs[endpoint]!);
}
