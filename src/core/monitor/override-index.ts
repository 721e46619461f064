/** Which overrides are in force on an endpoint: by kind the most specific one, its region's own word before the root's. */
import { worseHealth } from "../health/verdicts.ts";
import type { Endpoint } from "../mesh.ts";
import type { HealthCode } from "../protocol.ts";
import { isWeight, type Override, type OverrideSet, type OverrideTarget, toldHealth } from "./override.ts";

/** What was said of one target: whether requests go there, and how many. */
interface Slot {
  whether: Override | null;
  weight: Override | null;
}

/** Three look-ups per endpoint, however many overrides there are. */
export interface OverrideIndex {
  readonly set: OverrideSet;
  readonly endpoints: ReadonlyMap<string, Slot>;
  readonly clouds: ReadonlyMap<string, Slot>;
  readonly regions: ReadonlyMap<string, Slot>;
}

export const NO_OVERRIDES: OverrideSet = { revision: 0, overrides: [] };

/** The index of a set. Of two of one kind on one target, the later in the list counts. Linear. */
export function indexOverrides(set: OverrideSet): OverrideIndex {
  const endpoints = new Map<string, Slot>();
  const clouds = new Map<string, Slot>();
  const regions = new Map<string, Slot>();
  for (const override of set.overrides) {
    const { target } = override;
    if ("endpoint" in target) put(endpoints, target.endpoint, override);
    else if ("region" in target) put(regions, regionKey(target.cloud, target.region), override);
    else put(clouds, target.cloud, override);
  }
  return { set, endpoints, clouds, regions };
}

function put(slots: Map<string, Slot>, key: string, override: Override): void {
  const slot = slots.get(key) ?? { whether: null, weight: null };
  slot[isWeight(override) ? "weight" : "whether"] = override;
  slots.set(key, slot);
}

/** The cloud's length tells ("a", "bc") from ("ab", "c"). */
function regionKey(cloud: string, region: string): string {
  return `${cloud.length}:${cloud}${region}`;
}

/** What operators say of one endpoint, all in all. */
export interface Word {
  /** Null: nothing was said. */
  readonly health: HealthCode | null;
  /** Of the configured weight, > 0. */
  readonly percent: number;
  readonly whether: Override | null;
  readonly weight: Override | null;
}

const NOTHING: Word = { health: null, percent: 100, whether: null, weight: null };

/**
 * The word on an endpoint now. A weight of 0 is a drain beside what else was said, and the worse of the two counts: an
 * endpoint that is disabled stays so, one that is forced healthy gets nothing new.
 *
 * - `indices`: the most authoritative first.
 *
 * Never throws. Constant time.
 */
export function wordOn(indices: readonly OverrideIndex[], endpoint: Endpoint, nowMs: number): Word {
  let whether: Override | null = null;
  let weight: Override | null = null;
  for (const index of indices) {
    if (index.set.overrides.length === 0) continue;
    whether ??= find(index, endpoint, "whether", nowMs);
    weight ??= find(index, endpoint, "weight", nowMs);
  }
  if (whether === null && weight === null) return NOTHING;
  const isZero = weight !== null && weight.percent === 0;
  const said = whether === null ? null : toldHealth(whether);
  return {
    health: isZero ? worseHealth(said ?? 4, 4) : said,
    percent: weight === null || isZero ? 100 : weight.percent,
    whether,
    weight,
  };
}

function find(index: OverrideIndex, { id, locality }: Endpoint, kind: keyof Slot, nowMs: number): Override | null {
  const { cloud, region } = locality;
  for (const slot of [index.endpoints.get(id), index.regions.get(regionKey(cloud, region)), index.clouds.get(cloud)]) {
    const override = slot?.[kind];
    if (override != null && override.untilMs > nowMs) return override;
  }
  return null;
}

/** When the next of these ends, epoch; Infinity for none. Linear. */
export function nextEndMs({ overrides }: OverrideSet, nowMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { untilMs } of overrides) if (untilMs > nowMs && untilMs < next) next = untilMs;
  return next;
}

/** Whether two targets are the same one. */
export function isSameTarget(a: OverrideTarget, b: OverrideTarget): boolean {
  if ("endpoint" in a || "endpoint" in b) return "endpoint" in a && "endpoint" in b && a.endpoint === b.endpoint;
  return a.cloud === b.cloud && ("region" in a ? a.region : null) === ("region" in b ? b.region : null);
}
