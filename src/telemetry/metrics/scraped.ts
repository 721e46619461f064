/** What objects said when they were asked for metrics, and how the shards of a region become one with it. */
import type { MonitorDescription } from "../../core/monitor/describe.ts";
import {
  COUNTER_FAMILIES,
  type CounterFamily,
  HISTOGRAM_FAMILIES,
  type HistogramFamily,
} from "../../core/traffic/families.ts";
import type { SeriesColumns } from "../../core/traffic/series.ts";
import type { ServiceObjectives } from "./slo.ts";

/** One object's word. */
export interface ScrapedObject {
  readonly description: MonitorDescription;
  readonly series: SeriesColumns;
  readonly oldestSnapshotMs: number;
}

/** A version of the config, as far as metrics show it. */
export interface ScrapedConfig {
  /** 0: nothing was applied. */
  readonly version: number;
  readonly digest: string;
}

export interface Scrape {
  /** Roots and regions; those of a region with shards are merged. */
  readonly objects: readonly ScrapedObject[];
  /** Null: the config object gave no answer. */
  readonly config: ScrapedConfig | null;
  /** Of services that promise something. Absent: nobody was asked. */
  readonly objectives?: readonly ServiceObjectives[];
  readonly asked: number;
  readonly missing: number;
  readonly durationMs: number;
}

/**
 * A region and its shards as one: series are added up, the state is the region's, who judges for all of them. Only whole
 * regions may be merged: a sum that lacks a shard would go backwards.
 */
export function mergeShards(region: ScrapedObject, shards: readonly ScrapedObject[]): ScrapedObject {
  if (shards.length === 0) return region;
  const all = [region, ...shards];
  return {
    description: region.description,
    oldestSnapshotMs: Math.max(...all.map(({ oldestSnapshotMs }) => oldestSnapshotMs)),
    series: {
      crowdedOut: all.reduce((sum, { series }) => sum + series.crowdedOut, 0),
      counters: Object.fromEntries(
        (Object.keys(COUNTER_FAMILIES) as CounterFamily[]).map((family) => [
          family,
          addedUp(
            all.flatMap(({ series }) => series.counters[family]),
            (a, b) => a + b,
          ),
        ]),
      ) as unknown as SeriesColumns["counters"],
      histograms: Object.fromEntries(
        (Object.keys(HISTOGRAM_FAMILIES) as HistogramFamily[]).map((family) => [
          family,
          addedUp(
            all.flatMap(({ series }) => series.histograms[family]),
            (a, b) => a.map((count, i) => count + b[i]!),
          ),
        ]),
      ) as unknown as SeriesColumns["histograms"],
    },
  };
}

function addedUp<T>(
  entries: readonly (readonly [values: readonly string[], value: T])[],
  add: (a: T, b: T) => T,
): readonly (readonly [values: readonly string[], value: T])[] {
  const sums = new Map<string, readonly [readonly string[], T]>();
  for (const [values, value] of entries) {
    const key = values.join("\u0000");
    const known = sums.get(key);
    sums.set(key, [values, known === undefined ? value : add(known[1], value)]);
  }
  return [...sums.values()];
}
