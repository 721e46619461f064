/**
 * Who is suspected of being broken, and whether for everybody or for one region only.
 *
 * A CUSUM per endpoint over the counts of all regions finds an endpoint that is down; one per region and endpoint finds
 * a path that is down. A global verdict needs that no region contradicts it: one that got several good answers since
 * the suspicion began can obviously reach the endpoint, and then it is the path of the others that is broken.
 *
 * Endpoints of one cloud failing together are one outage: once two of them are out within ten seconds, half the
 * evidence is enough for the rest.
 *
 * Source: cusum.ts; differential observability as in Huang et al., "Gray Failure", HotOS 2017.
 */
import { type CusumGains, cusumGains, nextCusum } from "./cusum.ts";

/** Good answers since the suspicion began that contradict it, if they are also this many times the failures. */
const CONTRADICTING_OK = 3;
const CONTRADICTING_RATIO = 2;
/** Part of the threshold that one report can reach where there are several regions: a second one has to agree. */
const ONE_REPORT_RATIO = 0.6;
/** Milliseconds within which ejections of one domain belong together, how many make it an outage, and what it changes. */
const DOMAIN_WINDOW_MS = 10_000;
const DOMAIN_EJECTIONS = 2;
const DOMAIN_THRESHOLD_RATIO = 0.5;
/** The score stops at this multiple of the threshold. */
const CEILING_RATIO = 2;

/** Mutable; cells are `region * size + endpoint`. */
export interface Suspicion {
  readonly size: number;
  readonly regionCount: number;
  readonly gains: CusumGains;
  readonly threshold: number;
  readonly clouds: readonly string[];
  /** Scores over all regions, and by cell. */
  readonly everywhere: Float64Array;
  readonly regional: Float64Array;
  /** Since `everywhere` last left zero, by cell. */
  readonly okSince: Float64Array;
  readonly failedSince: Float64Array;
  /** When each endpoint was last ejected. */
  readonly ejectedAtMs: Float64Array;
}

export interface SuspicionParams {
  readonly normalFailureRatio: number;
  readonly brokenFailureRatio: number;
  readonly threshold: number;
}

export function createSuspicion(regionCount: number, clouds: readonly string[], params: SuspicionParams): Suspicion {
  const size = clouds.length;
  return {
    size,
    regionCount,
    gains: cusumGains(params.normalFailureRatio, params.brokenFailureRatio),
    threshold: params.threshold,
    clouds,
    everywhere: new Float64Array(size),
    regional: new Float64Array(size * regionCount),
    okSince: new Float64Array(size * regionCount),
    failedSince: new Float64Array(size * regionCount),
    ejectedAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
  };
}

/**
 * Takes in what one region saw of one endpoint, and says what is now suspected: the endpoint, this region's path to it,
 * or nothing.
 *
 * Linear in the regions.
 */
export function suspect(
  suspicion: Suspicion,
  region: number,
  endpoint: number,
  batch: { readonly ok: number; readonly failed: number },
  nowMs: number,
): "endpoint" | "path" | null {
  const { size, regionCount, gains } = suspicion;
  const cell = region * size + endpoint;
  const ceiling = CEILING_RATIO * suspicion.threshold;
  if (suspicion.everywhere[endpoint] === 0 && batch.failed > 0) {
    for (let r = 0; r < regionCount; r++) {
      suspicion.okSince[r * size + endpoint] = 0;
      suspicion.failedSince[r * size + endpoint] = 0;
    }
  }
  suspicion.okSince[cell]! += batch.ok;
  suspicion.failedSince[cell]! += batch.failed;
  const { ok, failed } = batch;
  // However many failures one region reports at once, alone they do not make a verdict for all.
  const counted = regionCount > 1 ? Math.min(failed, mostFailures(suspicion)) : failed;
  suspicion.everywhere[endpoint] = nextCusum(suspicion.everywhere[endpoint]!, ok, counted, gains, ceiling);
  suspicion.regional[cell] = nextCusum(suspicion.regional[cell]!, ok, failed, gains, ceiling);
  if (batch.failed === 0) return null;
  const threshold = thresholdOf(suspicion, endpoint, nowMs);
  const contradicted = regionCount > 1 && isContradicted(suspicion, endpoint);
  if (!contradicted) return suspicion.everywhere[endpoint]! >= threshold ? "endpoint" : null;
  return suspicion.regional[cell]! >= threshold ? "path" : null;
}

/** Failures of one report that count towards the verdict for all regions. */
function mostFailures({ threshold, gains }: Suspicion): number {
  return Math.max(1, Math.ceil((ONE_REPORT_RATIO * threshold) / gains.perFailure));
}

function isContradicted(suspicion: Suspicion, endpoint: number): boolean {
  for (let r = 0; r < suspicion.regionCount; r++) {
    const cell = r * suspicion.size + endpoint;
    const ok = suspicion.okSince[cell]!;
    if (ok >= CONTRADICTING_OK && ok >= CONTRADICTING_RATIO * suspicion.failedSince[cell]!) return true;
  }
  return false;
}

/** The score that trips an endpoint now: less than configured while its cloud has an outage. */
function thresholdOf(suspicion: Suspicion, endpoint: number, nowMs: number): number {
  const cloud = suspicion.clouds[endpoint]!;
  if (cloud === "") return suspicion.threshold;
  let ejected = 0;
  for (let e = 0; e < suspicion.size; e++) {
    if (suspicion.clouds[e] === cloud && nowMs - suspicion.ejectedAtMs[e]! <= DOMAIN_WINDOW_MS) ejected++;
  }
  return ejected >= DOMAIN_EJECTIONS ? suspicion.threshold * DOMAIN_THRESHOLD_RATIO : suspicion.threshold;
}

/** Whether an endpoint is on its way to being suspected: a third of the way. */
export function isNearlySuspected(suspicion: Suspicion, endpoint: number): boolean {
  return suspicion.everywhere[endpoint]! > suspicion.threshold / 3;
}

/** The endpoint was ejected: its score starts anew, and its cloud is watched. */
export function noteEjection(suspicion: Suspicion, endpoint: number, nowMs: number): void {
  suspicion.ejectedAtMs[endpoint] = nowMs;
  clearSuspicion(suspicion, endpoint);
}

/** Forgets what was held against an endpoint, everywhere. */
export function clearSuspicion(suspicion: Suspicion, endpoint: number): void {
  suspicion.everywhere[endpoint] = 0;
  for (let r = 0; r < suspicion.regionCount; r++) suspicion.regional[r * suspicion.size + endpoint] = 0;
}

/** Forgets what one region holds against an endpoint. */
export function clearRegionalSuspicion(suspicion: Suspicion, region: number, endpoint: number): void {
  suspicion.regional[region * suspicion.size + endpoint] = 0;
}
