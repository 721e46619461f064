/**
 * What was told, as one object knows it: its own operators' words, the root's (in a region), and which endpoints their
 * registry is about to take away.
 */
import type { HealthCode } from "../protocol.ts";
import type { Monitor } from "./monitor.ts";
import { recordEvent } from "./monitor-event.ts";
import { describeTarget, type OverrideSet } from "./override.ts";
import { indexOverrides, type Word, wordOn } from "./override-index.ts";

/** The word on an endpoint now: this object's, else the root's. Constant time, but for a peer of before, or a shard. */
export function wordOf(monitor: Monitor, endpoint: number, nowMs: number): Word {
  const { overrides, above, leaving, link, shard, service } = monitor;
  const one = service.endpoints[endpoint]!;
  const word = wordOn(above === null ? [overrides] : [overrides, above], one, nowMs);
  const isLeaving = word.health === null && leaving.has(one.id);
  const said = isLeaving ? { ...word, health: 4 as const } : word;
  // A shard, and a region whose root is of before, go by the columns of the last row, which stand though it is silent.
  if ((shard === null && above !== null) || link?.row == null) return said;
  const { told, percent, view } = link.row;
  const at = view.ids[endpoint] === one.id ? endpoint : view.ids.indexOf(one.id);
  if (at < 0) return said;
  const health = told[at] === 0 ? null : (told[at] as HealthCode);
  return {
    ...said,
    health: said.health ?? health,
    percent: said.weight !== null ? said.percent : (percent?.[at] ?? 100),
  };
}

/** Puts the object's own overrides in force; the health that follows is applied by the caller. */
export function setOverrides(monitor: Monitor, set: OverrideSet): void {
  monitor.overrides = indexOverrides(set);
}

/** What the root said last, in a regional object. Returns whether it is news. */
export function hearOverrides(monitor: Monitor, set: OverrideSet): boolean {
  if (monitor.above !== null && set.revision <= monitor.above.set.revision) return false;
  monitor.above = indexOverrides(set);
  return true;
}

/** What operators make of the weights, for a row; nothing when they said nothing of them. */
export function percentColumn(monitor: Monitor, nowMs: number): { readonly percent?: readonly number[] } {
  const percent = monitor.service.endpoints.map((_, endpoint) => wordOf(monitor, endpoint, nowMs).percent);
  return percent.every((of) => of === 100) ? {} : { percent };
}

/** Overrides whose time is over are dropped, and said to have ended. Linear in the overrides. */
export function endOverrides(monitor: Monitor, nowMs: number): void {
  const { set } = monitor.overrides;
  if (!set.overrides.some(({ untilMs }) => untilMs <= nowMs)) return;
  for (const { id, action, target, untilMs } of set.overrides) {
    if (untilMs > nowMs) continue;
    recordEvent(monitor, { atMs: untilMs, endpoint: describeTarget(target), type: "override-ended", action, id });
  }
  setOverrides(monitor, { ...set, overrides: set.overrides.filter(({ untilMs }) => untilMs > nowMs) });
}
