/**
 * What an isolate counts of finished requests, for one service or for those that met none. Counting is a few lookups and
 * additions; nothing is allocated but for combinations that are seen for the first time since the last report.
 *
 * A request is counted for the service that its route chose, whoever answered in the end: that is what its callers got. Its
 * endpoint is the one of that service whose answer was passed on, or none.
 */
import { BUCKETS, bucketOf } from "./buckets.ts";
import { CODE_CLASSES, codeClass, FLAGS, methodCode } from "./labels.ts";
import { clearNames, codeOf, createNames, type Names } from "./names.ts";

/** Routes told apart in one report, and combinations; what is above goes to the route "other". */
export const MAX_TALLY_ROUTES = 64;
export const MAX_TALLY_CELLS = 512;
/** Endpoints told apart, "other" and none included. */
export const MAX_TALLY_ENDPOINTS = 1_002;
/** Cells that are told apart fully. The others are for the route "other", so that overflow has room. */
const FULL_CELLS = 384;
const OTHER_FLAG = FLAGS.indexOf("other");
/** Buckets, then the sum in ms. */
export const HISTOGRAM_STRIDE = BUCKETS + 1;

/** What is counted beside requests; each rides in the report under its name. */
export const COUNTERS = [
  "hedges",
  "coldRequests",
  "shed",
  "overflowed",
  "fallbackService",
  "fallbackStale",
  "fallbackResponse",
  "mirrorsSent",
  "mirrorsTooLarge",
  "mirrorsFailed",
  "limitAllowed",
  "limitDenied",
  "syncCalls",
  "syncFailures",
  "limitTrialDenied",
] as const;
export type CounterName = (typeof COUNTERS)[number];

/** Mutable; owned by one isolate. */
export interface Tally {
  readonly routes: Names;
  /** The name "" is none. */
  readonly endpoints: Names;
  /** From a combination to its cell. */
  readonly cellOf: Map<number, number>;
  /** By cell. */
  readonly keys: number[];
  readonly counts: number[];
  lastKey: number;
  lastCell: number;
  /** By route, HISTOGRAM_STRIDE numbers each. */
  readonly durations: number[];
  /** By endpoint, the same. */
  readonly upstream: number[];
  readonly counters: Record<CounterName, number>;
  isEmpty: boolean;
}

/** Nothing counted. */
export function createTally(): Tally {
  return {
    routes: createNames(MAX_TALLY_ROUTES),
    endpoints: createNames(MAX_TALLY_ENDPOINTS),
    cellOf: new Map(),
    keys: [],
    counts: [],
    lastKey: -1,
    lastCell: 0,
    durations: [],
    upstream: [],
    counters: Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<CounterName, number>,
    isEmpty: true,
  };
}

/** A combination as one number below 2^27, and back. */
export function packKey(route: number, endpoint: number, method: number, code: number, flag: number): number {
  return (route << 21) | (endpoint << 11) | (method << 8) | (code << 5) | flag;
}

export function unpackKey(key: number): {
  route: number;
  endpoint: number;
  method: number;
  code: number;
  flag: number;
} {
  return {
    route: key >> 21,
    endpoint: (key >> 11) & 1023,
    method: (key >> 8) & 7,
    code: (key >> 5) & 7,
    flag: key & 31,
  };
}

/**
 * Counts one finished request.
 *
 * - `endpoint`: id, "" for none.
 * - `flag`: as `flagCode` says it.
 * - `durationMs`: from its arrival to the answer's head.
 *
 * Never throws. Constant time.
 */
export function countRequest(
  tally: Tally,
  route: string,
  endpoint: string,
  method: string,
  status: number,
  flag: number,
  durationMs: number,
): void {
  tally.isEmpty = false;
  let r = codeOf(tally.routes, route);
  const key = packKey(r, codeOf(tally.endpoints, endpoint), methodCode(method), codeClass(status), flag);
  if (key === tally.lastKey) {
    tally.counts[tally.lastCell]! += 1;
  } else {
    const cell = cellFor(tally, key);
    tally.counts[cell]! += 1;
    tally.lastKey = key;
    tally.lastCell = cell;
    r = tally.keys[cell]! >> 21;
  }
  observe(tally.durations, r, durationMs);
}

/**
 * The cell of a combination. Where too many are in use, what tells it apart is given up step by step: route and endpoint,
 * then method and flag. Of status classes there are always cells enough.
 */
function cellFor(tally: Tally, key: number): number {
  const known = tally.cellOf.get(key);
  if (known !== undefined) return known;
  const used = tally.keys.length;
  if (used < FULL_CELLS) return newCell(tally, key);
  const { method, code, flag } = unpackKey(key);
  const bare = packKey(0, 0, method, code, flag);
  const cell = tally.cellOf.get(bare);
  if (cell !== undefined) return cell;
  if (used < MAX_TALLY_CELLS - CODE_CLASSES.length) return newCell(tally, bare);
  const barest = packKey(0, 0, 0, code, OTHER_FLAG);
  return tally.cellOf.get(barest) ?? newCell(tally, barest);
}

function newCell(tally: Tally, key: number): number {
  const cell = tally.keys.length;
  tally.keys.push(key);
  tally.counts.push(0);
  tally.cellOf.set(key, cell);
  return cell;
}

/** Counts how long one attempt took that brought an answer. Never throws. Constant time. */
export function countUpstream(tally: Tally, endpoint: string, latencyMs: number): void {
  tally.isEmpty = false;
  observe(tally.upstream, codeOf(tally.endpoints, endpoint), latencyMs);
}

function observe(table: number[], row: number, ms: number): void {
  const at = row * HISTOGRAM_STRIDE;
  while (table.length < at + HISTOGRAM_STRIDE) table.push(0);
  table[at + bucketOf(ms)]! += 1;
  table[at + BUCKETS]! += ms;
}

/** Counts one of something else. Never throws. */
export function countOne(tally: Tally, name: CounterName): void {
  tally.isEmpty = false;
  tally.counters[name] += 1;
}

/** Starts from zero. */
export function clearTally(tally: Tally): void {
  tally.cellOf.clear();
  tally.keys.length = 0;
  tally.counts.length = 0;
  tally.lastKey = -1;
  tally.durations.length = 0;
  tally.upstream.length = 0;
  for (const name of COUNTERS) tally.counters[name] = 0;
  clearNames(tally.routes);
  clearNames(tally.endpoints);
  tally.isEmpty = true;
}
