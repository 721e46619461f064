/**
 * What routes requests in a game day. Heddle is one contender; models of other proxies are written against the same two
 * interfaces and meet the same requests, the same origins, the same faults and the same chance.
 *
 * A contender makes one `Fleet` per run: what its routers share, such as a state plane or a health checker. The fleet makes
 * a `Router` for every isolate that starts (scope "isolate"), or one for each region (scope "region": a proxy there that
 * sees all of the region's requests). The engine then carries each request: `enter` → `admit` → `pick` → `onStart` → the
 * network and the origin → `onEnd` → `isRetriable` → `nextWaitMs` → `pick` …
 *
 * Rules for implementations: time comes from `world.nowMs()`, chance from `world.rng()`, waiting is `world.after()`.
 * Endpoints are indices into the service's `endpoints`. A router may keep what it likes in `passage.home` (per request and
 * service) and `attempt.token` (per attempt); the engine never looks at them.
 */

import type { HealthCheck } from "../core/mesh.ts";
import type { AttemptOutcome } from "../core/outcome.ts";
import type { Region } from "../core/region.ts";
import type { Rng } from "../core/rng.ts";
import type { Attempt } from "./carry/attempt.ts";
import type { Passage } from "./carry/passage.ts";
import type { Handler } from "./engine/event-queue.ts";
import type { Transition } from "./result.ts";
import type { OpenMesh } from "./world/open-mesh.ts";

export interface Contender {
  /** Shown as the policy in the result. */
  readonly name: string;
  readonly scope: "isolate" | "region";
  create(world: ContenderWorld): Fleet;
}

/** What the world offers to a fleet. */
export interface ContenderWorld {
  /** The mesh in force when the run starts, opened. */
  readonly open: OpenMesh;
  /** Regions with traffic, in the order of their indices. */
  readonly regions: readonly Region[];
  nowMs(): number;
  /** Calls `handler(subject, tag)` once, `waitMs` from now. Cannot be taken back: use `tag` to recognise what is outdated. */
  after<T>(waitMs: number, handler: Handler<T>, subject: T, tag?: number): void;
  /** A generator of its own; the same `number` gives the same one in every run of the seed. */
  rng(number: number): Rng;
  /** Round trip between two places of the platform, ms, jitter included; two objects of one region are a few ms apart. */
  rttMs(from: Region, to: Region): number;
  /**
   * Whether a message gets through now: between isolates of a region and the state plane (partitions and loss), or, with
   * null, between two objects of the state plane (loss only).
   */
  isDelivered(from: Region | null): boolean;
  /** Sends an active probe from a region, by the way of its requests. `done` is called once, at the latest after the timeout. */
  probe(probe: ProbeRequest, done: (ok: boolean, latencyMs: number) => void): void;
  /** Notes what was decided about an endpoint, for the timeline of the report. */
  onTransition(transition: Transition): void;
}

export interface ProbeRequest {
  readonly open: OpenMesh;
  readonly from: Region;
  readonly service: number;
  readonly endpoint: number;
  readonly type: HealthCheck["type"];
  readonly timeoutMs: number;
}

export interface RouterInput {
  readonly region: Region;
  /** Which isolate of the region it replaces; 0 for a region's proxy. */
  readonly seat: number;
  /** Unique in the run, from 0. */
  readonly number: number;
}

export interface Fleet {
  /** A router that knows nothing yet: of a fresh isolate, or of a region's proxy at the start of the run. */
  start(input: RouterInput): Router;
  /** A new config is pushed to everybody. */
  onMesh(open: OpenMesh): void;
  /** Use of the platform since the start of the run. */
  readonly usage: PlatformUsage;
}

/** What the platform bills besides Worker requests. Mutable counters. */
export interface PlatformUsage {
  /** Calls of isolates to the state plane. */
  syncs: number;
  /** Calls of regional objects to the root. */
  exchanges: number;
  alarms: number;
  rowsWritten: number;
  /** Objects that exist. */
  objects: number;
}

export interface Router {
  /** The mesh it runs now. A request stays with the one it began with. */
  readonly open: OpenMesh;
  /**
   * A request was routed to `passage.service`, first or as a fallback. True: go on. False: the router calls `go(passage)`
   * when it may go on (a cold isolate waits for its first snapshot).
   */
  enter(passage: Passage, go: (passage: Passage) => void): boolean;
  /** Counts the request; false refuses it to spare the origins. */
  admit(passage: Passage): boolean;
  /** The endpoint for the next attempt, not among `passage.tried` where there is a choice; −1 for none. May set `attempt.token` in `onStart`. */
  pick(passage: Passage): number;
  /** Time to the first byte, ms. Asked before `onStart`. */
  attemptTimeoutMs(passage: Passage, endpoint: number): number;
  /** After how long to send a second attempt beside the first, ms; 0 for none. Asked once, for first attempts. */
  hedgeDelayMs(passage: Passage, attempt: Attempt): number;
  onStart(passage: Passage, attempt: Attempt): void;
  /** Once for every started attempt; `outcome` is valid during the call only. */
  onEnd(passage: Passage, attempt: Attempt, outcome: AttemptOutcome): void;
  /** Whether a failure of this kind is tried again at all; one that is not is passed on, or falls back. */
  isRetriable(passage: Passage, attempt: Attempt): boolean;
  /** Time to wait before another attempt, ms; −1 when there is to be none (attempts, budget or time are used up). */
  nextWaitMs(passage: Passage, attempt: Attempt): number;
}
