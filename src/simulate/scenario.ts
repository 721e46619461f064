/** What goes wrong in a game day, and when. Plain data: parsed from the command line or a file, read by the simulation. */
import type { Region } from "../core/region.ts";

/** Which endpoints a fault hits: an id, a cloud, a cloud's region (`aws/us-east-1`), or all. */
export type Target =
  | { readonly type: "endpoint"; readonly id: string }
  | { readonly type: "cloud"; readonly cloud: string }
  | { readonly type: "region"; readonly cloud: string; readonly region: string }
  | { readonly type: "all" };

/** What is wrong while it lasts. Those without a target concern the mesh or its callers. */
export type Fault =
  /** Refuses connections, as a stopped process does. */
  | { readonly type: "down"; readonly target: Target }
  /** Swallows packets: nothing is refused, nothing answers. */
  | { readonly type: "black-hole"; readonly target: Target }
  /** Answers a share of its requests with 500, after the usual time. */
  | { readonly type: "gray"; readonly target: Target; readonly errorPercent: number }
  /** Answers everything with 500, at once. */
  | { readonly type: "fast-fail"; readonly target: Target }
  /** Service times times `factor`. */
  | { readonly type: "slow"; readonly target: Target; readonly factor: number }
  /** Every endpoint of a cloud or region swallows packets. */
  | { readonly type: "outage"; readonly target: Target }
  /** Down and up by turns. */
  | { readonly type: "flap"; readonly target: Target; readonly periodMs: number }
  /** Somebody else uses this share of its servers. */
  | { readonly type: "antagonist"; readonly target: Target; readonly percent: number }
  /** Only this share of its servers is left. */
  | { readonly type: "capacity-cut"; readonly target: Target; readonly percent: number }
  /** Comes back from being down with cold caches: service times × `factor`, falling to 1 over `warmMs`. */
  | { readonly type: "cold-recovery"; readonly target: Target; readonly factor: number; readonly warmMs: number }
  /** Callers repeat failed requests by themselves, up to `retries` times. */
  | { readonly type: "retry-storm"; readonly retries: number }
  /** Traffic × `factor`. */
  | { readonly type: "surge"; readonly factor: number }
  /** One edge region cannot reach the target; all others can. */
  | { readonly type: "path-loss"; readonly target: Target; readonly from: Region }
  /** No isolate reaches the state plane, or only those of one region do not. */
  | { readonly type: "partition"; readonly from: Region | "all" }
  /** A new config is pushed that points the target at an address where nobody answers. */
  | { readonly type: "bad-config"; readonly target: Target };

export type FaultType = Fault["type"];

/** A fault with its time. Several may overlap. */
export interface ScheduledFault {
  readonly fault: Fault;
  /** From the end of the warm-up. */
  readonly atMs: number;
  readonly forMs: number;
}

export interface Scenario {
  readonly name: string;
  /** Never empty, unless the scenario shows an undisturbed day. */
  readonly faults: readonly ScheduledFault[];
}
