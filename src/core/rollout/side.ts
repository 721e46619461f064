/** Which side of a rollout a request goes to: as its caller says where that is allowed, else by its key, else by chance. */
import { cookieValue, type HashSource, hashKeyOf, hashPoint } from "../balance/hash-key.ts";
import type { HashOn, RolloutForce, RolloutPlan } from "../mesh.ts";
import type { Rng } from "../rng.ts";
import type { RolloutWord } from "./word.ts";

export type Side = "stable" | "canary";

/** The weight in force in one isolate. Mutable. */
export interface RolloutWeight {
  readonly plan: RolloutPlan;
  /** Names of the services, as words say them. */
  readonly stable: string;
  readonly canary: string;
  /** 0..100; 0 before anything was heard. */
  percent: number;
  /** 0 before anything was heard. */
  revision: number;
}

/** All to the stable side, until a word comes. */
export function createWeight(plan: RolloutPlan, services: readonly { readonly name: string }[]): RolloutWeight {
  return {
    plan,
    stable: services[plan.stable]!.name,
    canary: services[plan.canary]!.name,
    percent: 0,
    revision: 0,
  };
}

/** Puts words in force: those of this rollout, between these services, and later than the last. */
export function applyWords(weights: readonly RolloutWeight[], words: readonly RolloutWord[]): void {
  for (const { name, stable, canary, percent, revision } of words) {
    const weight = weights.find(({ plan }) => plan.name === name);
    if (weight === undefined || weight.stable !== stable || weight.canary !== canary) continue;
    if (revision <= weight.revision) continue;
    weight.percent = percent;
    weight.revision = revision;
  }
}

export interface SideRequest {
  /** The rule's; empty: every request is drawn anew. */
  readonly splitOn: readonly HashOn[];
  readonly source: HashSource;
  readonly rng: Rng;
}

/**
 * The side of one request. A caller with a key stays on the canary as the weight grows: its point is fixed, and the canary
 * has the lower part. Never throws.
 */
export function sideOf({ plan, percent }: RolloutWeight, { splitOn, source, rng }: SideRequest): Side {
  const forced = forcedSide(plan.force, source.header);
  if (forced !== null) return forced;
  if (percent <= 0) return "stable";
  if (percent >= 100) return "canary";
  const key = splitOn.length === 0 ? "" : hashKeyOf({ on: splitOn }, source);
  // The name keeps the rollouts of a mesh, and the balancing by the same key, independent of each other.
  const point = key === "" ? rng() : hashPoint(`${plan.name} ${key}`);
  return point * 100 < percent ? "canary" : "stable";
}

/** The side that the request asks for; null when it does not, or asks for neither of the two. */
export function forcedSide({ header, cookie }: RolloutForce, read: HashSource["header"]): Side | null {
  const said = header === null ? null : sideNamed(read(header));
  if (said !== null || cookie === null) return said;
  const cookies = read("cookie");
  return cookies === null ? null : sideNamed(cookieValue(cookies, cookie));
}

function sideNamed(text: string | null): Side | null {
  return text === "canary" || text === "stable" ? text : null;
}
