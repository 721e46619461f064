/** A monitor into its rows and back. Nothing of this happens on the report path. */
import type { Monitor } from "../../src/core/monitor/monitor.ts";
import { monitorName } from "../../src/core/monitor/monitor-name.ts";
import { hearOverrides, setOverrides } from "../../src/core/monitor/told.ts";
import { takeWord } from "../../src/core/rollout/word.ts";
import { countRows } from "../../src/core/traffic/platform.ts";
import { encodeSeries, onStored, restoreSeries } from "../../src/core/traffic/series.ts";
import { encodeEndpoint, restoreEndpoint } from "./rows.ts";
import { type Stored, writeRows, writeSeries, writeWords } from "./storage.ts";

/** What is in storage: the endpoints with a row, and the rows of a version this code does not know, as "table/key". */
export interface Kept {
  readonly ids: Set<string>;
  readonly refused: ReadonlySet<string>;
  /** Revision of each rollout's weight. */
  readonly words: Map<string, number>;
}

/** Fills a fresh monitor from storage. Synchronous: the object answers from what it remembers from its first event on. */
export function restore(monitor: Monitor, stored: Stored, nowMs: number): Kept {
  if (stored.overrides !== null) setOverrides(monitor, stored.overrides);
  if (stored.above !== null && monitor.link !== null) hearOverrides(monitor, stored.above);
  for (const [id, text] of stored.endpoints) {
    const endpoint = monitor.coordinator.indexOf.get(id);
    if (endpoint !== undefined) restoreEndpoint(monitor, endpoint, text, nowMs);
  }
  if (stored.meta !== null) {
    monitor.restoredFromMs = stored.meta.savedAtMs;
    monitor.lastReportMs = stored.meta.lastReportMs ?? monitor.lastReportMs;
    for (const region of stored.meta.regions ?? []) monitor.regions.add(region);
  }
  for (const word of stored.words) takeWord(monitor.rollouts, word);
  if (stored.series !== "") restoreSeries(monitor.series, stored.series);
  return {
    ids: new Set(stored.endpoints.keys()),
    refused: stored.refused,
    words: new Map(stored.words.map(({ name, revision }) => [name, revision])),
  };
}

/** Writes the weights of rollouts that are not as they are stored; almost always none. */
export function saveWords(monitor: Monitor, kept: Kept, storage: DurableObjectStorage): void {
  const news = [...monitor.rollouts.values()].filter(({ name, revision }) => kept.words.get(name) !== revision);
  if (news.length === 0) return;
  writeWords(storage, news);
  for (const { name, revision } of news) kept.words.set(name, revision);
}

/** Writes the counts for metrics, if any changed. */
export function flushSeries({ series }: Monitor, storage: DurableObjectStorage, nowMs: number): void {
  if (series.isStored) return;
  // The row that is about to be written is among those counted.
  countRows(series, 1);
  writeSeries(storage, encodeSeries(series));
  onStored(series, nowMs);
}

/** Writes what changed since the last flush, and drops rows of endpoints that are no more. */
export function flush(monitor: Monitor, kept: Kept, storage: DurableObjectStorage, nowMs: number): void {
  saveWords(monitor, kept, storage);
  const { ids, indexOf } = monitor.coordinator;
  const changed = ids.filter((_, endpoint) => monitor.dirty[endpoint] === 1);
  const gone = [...kept.ids].filter((id) => !indexOf.has(id));
  writeRows(storage, {
    meta: {
      name: monitorName(monitor.service.name, monitor.scope),
      savedAtMs: nowMs,
      lastReportMs: Number.isFinite(monitor.lastReportMs) ? monitor.lastReportMs : null,
      ...(monitor.regions.size > 0 && { regions: [...monitor.regions] }),
    },
    endpoints: changed.map((id) => [id, encodeEndpoint(monitor, indexOf.get(id)!)] as const),
    gone,
  });
  countRows(monitor.series, 1 + changed.length + gone.length);
  for (const id of gone) kept.ids.delete(id);
  for (const id of changed) kept.ids.add(id);
  monitor.dirty.fill(0);
  monitor.dirtySinceMs = Number.POSITIVE_INFINITY;
}
