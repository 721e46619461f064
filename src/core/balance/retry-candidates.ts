/**
 * Who may take the next attempt of a request that failed elsewhere: an endpoint not tried yet, away from what failed.
 *
 * The order of preference, all endpoints of the best rank becoming candidates:
 *  1. not tried before tried; of tried ones, not the last one;
 *  2. available before unavailable ones that panic would allow;
 *  3. outside the cloud of the last attempt, then outside its region, then the rest; among equals, the same against the
 *     attempts before it;
 *  4. the better level (priority).
 * With strict priorities, 4 goes before 3 for the first retry: one dead endpoint must not wake the standby. From the
 * second on, two endpoints of a priority have failed and leaving the failure domain counts for more.
 *
 * An unnamed cloud is nobody's failure domain: such endpoints count as outside of all.
 */
import type { Service } from "../mesh.ts";
import type { Levels } from "./candidates.ts";
import type { Candidates } from "./policy.ts";

/** Memory for one service in one isolate: the result of the last call lives in it. */
export interface RetryScratch {
  /** By endpoint: number of its cloud, or a number of its own; number of its (cloud, region). */
  readonly cloud: Uint16Array;
  readonly region: Uint16Array;
  readonly result: { index: Uint16Array; count: number; epoch: number };
}

/** For a service of at most 65,535 endpoints. Never throws. */
export function createRetryScratch({ endpoints }: Service): RetryScratch {
  const clouds = new Map<string, number>();
  const regions = new Map<string, number>();
  const number = (map: Map<string, number>, key: string) => {
    const known = map.get(key) ?? map.size;
    map.set(key, known);
    return known;
  };
  const cloudKey = (e: number) => (endpoints[e]!.locality.cloud === "" ? `#${e}` : `=${endpoints[e]!.locality.cloud}`);
  return {
    cloud: Uint16Array.from(endpoints, (_, e) => number(clouds, cloudKey(e))),
    region: Uint16Array.from(endpoints, (endpoint, e) =>
      number(regions, `${cloudKey(e)}\n${endpoint.locality.region}`),
    ),
    result: { index: new Uint16Array(endpoints.length), count: 0, epoch: 0 },
  };
}

/**
 * The candidates for the next attempt; null when nothing may be used at all.
 *
 * - `tried`: endpoints attempted by this request, in order, at least one.
 *
 * The result has epoch 0 and is valid until the next call. Never throws, does not allocate. Linear in the endpoints,
 * times the attempts.
 */
export function excludeTried(levels: Levels, tried: readonly number[], scratch: RetryScratch): Candidates | null {
  const { result } = scratch;
  const levelCount = levels.all.length;
  const levelFirst = levels.strict && tried.length < 2;
  let best = Number.POSITIVE_INFINITY;
  result.count = 0;
  for (let e = 0; e < levels.levelOf.length; e++) {
    const level = levels.levelOf[e]!;
    if (level < 0) continue;
    const domain = domainRank(e, tried, scratch);
    const place = levelFirst ? level * DOMAIN_RANKS + domain : domain * levelCount + level;
    const rank = place + (levels.available[e] === 0 ? UNAVAILABLE : 0) + triedRank(e, tried);
    if (rank > best) continue;
    if (rank < best) {
      best = rank;
      result.count = 0;
    }
    result.index[result.count++] = e;
  }
  return result.count === 0 ? null : result;
}

/** Similarity to the last attempt (0..2) times 3, plus that to the earlier ones. */
const DOMAIN_RANKS = 9;
/** Above any place in the order of levels and domains: at most 9 × 65,535 × 2. */
const UNAVAILABLE = 2 ** 21;
const TRIED = 2 ** 22;
const TRIED_LAST = 2 ** 23;

function triedRank(endpoint: number, tried: readonly number[]): number {
  if (tried[tried.length - 1] === endpoint) return TRIED_LAST;
  return tried.includes(endpoint) ? TRIED : 0;
}

function domainRank(endpoint: number, tried: readonly number[], scratch: RetryScratch): number {
  let earlier = 0;
  for (let at = 0; at < tried.length - 1; at++) {
    const alike = similarity(endpoint, tried[at]!, scratch);
    if (alike > earlier) earlier = alike;
  }
  return similarity(endpoint, tried[tried.length - 1]!, scratch) * 3 + earlier;
}

/** 0 another cloud, 1 the same cloud, 2 the same region of it. */
function similarity(a: number, b: number, { cloud, region }: RetryScratch): number {
  if (cloud[a] !== cloud[b]) return 0;
  return region[a] === region[b] ? 2 : 1;
}
