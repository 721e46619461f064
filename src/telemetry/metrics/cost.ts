/**
 * What the platform charges for, in US dollars, by the list prices of Workers Paid beyond what is included. An estimate: of
 * CPU time nothing is known here, rows that are read are left out, and the bill is the platform's.
 *
 * Source: Cloudflare's price lists of Workers and Durable Objects, November 2026.
 */
import { placeOf } from "./counted.ts";
import type { ScrapedObject } from "./scraped.ts";
import type { MetricFamily } from "./write.ts";

const PER_EDGE_REQUEST = 0.3 / 1e6;
const PER_OBJECT_REQUEST = 0.15 / 1e6;
const PER_ROW_WRITTEN = 1 / 1e6;
/** 128 MB for a second. */
const PER_ACTIVE_SECOND = (0.128 * 12.5) / 1e6;

/** The family of estimated cost. Linear in the objects. */
export function costFamily(objects: readonly ScrapedObject[]): MetricFamily {
  return {
    name: "heddle_estimated_cost_usd",
    help: "Estimate by list prices: no CPU time, nothing deducted that is included in the plan.",
    unit: "usd",
    type: "counter",
    samples: objects.flatMap((object) => {
      const { requests, unrouted, platform } = object.series.counters;
      const parts = new Map(platform.map(([[part], count]) => [part!, count]));
      const sum = (entries: typeof requests) => entries.reduce((total, [, count]) => total + count, 0);
      const costs = [
        ["edge_requests", (sum(requests) + sum(unrouted)) * PER_EDGE_REQUEST],
        ["object_requests", (parts.get("object_requests") ?? 0) * PER_OBJECT_REQUEST],
        ["object_rows_written", (parts.get("rows_written") ?? 0) * PER_ROW_WRITTEN],
        ["object_duration", (parts.get("object_active_seconds") ?? 0) * PER_ACTIVE_SECOND],
      ] as const;
      return costs.map(([part, value]) => ({ labels: [...placeOf(object), ["part", part]] as const, value }));
    }),
  };
}
