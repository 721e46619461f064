/**
 * An origin as a queueing station: servers, one first-in-first-out queue of bounded length, service times of a given mean and
 * distribution. Nobody tells it that a caller gave up: abandoned requests are still served, which is what makes overload
 * last longer than its cause (Bronson et al., "Metastable Failures in Distributed Systems", HotOS 2021).
 *
 * What is wrong with it just now is its `condition`; faults replace that whole.
 */
import type { Sampler } from "../engine/distributions.ts";
import { type Condition, WELL } from "./condition.ts";

/** A piece of work. Mutable; one station at a time has it. */
export interface Job {
  /** Its share of the mean service time. */
  demand: number;
  /** Where it is in the station's `serving`, while it is. */
  place: number;
  /** Changes when it begins to be served or goes down with the station, so that an outdated end is recognised. */
  ticket: number;
  station: Station | null;
  /** It is done; or, when not `served`, it went down with the station. */
  readonly onDone: (job: Job, served: boolean) => void;
}

/** Mutable; owned by one world. */
export interface Station {
  /** Index in the world's stations. */
  readonly index: number;
  readonly id: string;
  readonly service: string;
  readonly cloud: string;
  readonly region: string;
  readonly meanServiceMs: number;
  readonly sampler: Sampler;
  /** As configured. */
  readonly servers: number;
  /** Jobs that may wait; more are refused with 503. */
  readonly queueLimit: number;
  /** Round trip without jitter from each region of the world, ms. */
  readonly rttMs: Float64Array;
  /** What happens when a job has been served; the same function for all stations of a world. */
  readonly onServed: (job: Job, ticket: number) => void;
  condition: Condition;
  /** Of a fault that is over and left its caches cold. */
  coldSinceMs: number;
  coldFactor: number;
  warmMs: number;
  /** Being served; the first `busy` places are taken. */
  readonly serving: Job[];
  busy: number;
  readonly queue: JobQueue;
  /** Server-milliseconds worked, up to `busyAtMs`. */
  busyMs: number;
  busyAtMs: number;
}

export type StationSettings = Pick<
  Station,
  | "index"
  | "id"
  | "service"
  | "cloud"
  | "region"
  | "meanServiceMs"
  | "sampler"
  | "servers"
  | "queueLimit"
  | "rttMs"
  | "onServed"
>;

export function createStation(settings: StationSettings, nowMs: number): Station {
  return {
    ...settings,
    condition: WELL,
    coldSinceMs: 0,
    coldFactor: 1,
    warmMs: 0,
    serving: [],
    busy: 0,
    queue: { jobs: [], head: 0, count: 0 },
    busyMs: 0,
    busyAtMs: nowMs,
  };
}

/** Servers that may work now: a cut leaves a share, rounded down, and what is left of one works slower. */
export function serversNow(station: Station): number {
  return Math.max(1, Math.floor(station.servers * station.condition.serversRatio));
}

/** How long a job takes if it is begun now, ms. */
export function serviceMs(station: Station, job: Job, nowMs: number): number {
  const { condition, servers } = station;
  const whole = serversNow(station) / (servers * condition.serversRatio);
  return job.demand * station.meanServiceMs * condition.slowdown * coldness(station, nowMs) * whole;
}

/** The factor of cold caches: falls linearly to 1 over the time to warm up. */
function coldness(station: Station, nowMs: number): number {
  const age = nowMs - station.coldSinceMs;
  return age >= station.warmMs ? 1 : 1 + (station.coldFactor - 1) * (1 - age / station.warmMs);
}

/** Notes the work done until now; call it before `busy` changes. */
export function accountBusy(station: Station, nowMs: number): void {
  station.busyMs += station.busy * (nowMs - station.busyAtMs);
  station.busyAtMs = nowMs;
}

/** A ring of jobs that grows to the station's limit at most. */
export interface JobQueue {
  jobs: (Job | null)[];
  head: number;
  count: number;
}

export function pushJob(queue: JobQueue, job: Job): void {
  const { count } = queue;
  if (count === queue.jobs.length) {
    const unrolled = queue.jobs.map((_, i) => queue.jobs[(queue.head + i) % count] ?? null);
    queue.jobs = unrolled.concat(new Array<Job | null>(Math.max(16, count)).fill(null));
    queue.head = 0;
  }
  queue.jobs[(queue.head + count) % queue.jobs.length] = job;
  queue.count = count + 1;
}

/** The longest waiting job; null when none waits. */
export function shiftJob(queue: JobQueue): Job | null {
  if (queue.count === 0) return null;
  const job = queue.jobs[queue.head]!;
  queue.jobs[queue.head] = null;
  queue.head = (queue.head + 1) % queue.jobs.length;
  queue.count -= 1;
  return job;
}
