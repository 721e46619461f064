/** The objectives of a service: how they stand, what is news about them, and what was told last. */
import { SLOT_MS } from "../../src/core/history/bucket.ts";
import { type Objective, objectivesOf, type SloPlan } from "../../src/core/slo/objective.ts";
import { type ObjectiveStatus, statusOf } from "../../src/core/slo/status.ts";
import { onStatus, UNWATCHED, type Watched } from "../../src/core/slo/watch.ts";
import { Indicators } from "./indicators.ts";
import { newsOf } from "./news.ts";
import type { NewsLog } from "./news-log.ts";
import type { HistoryRecord } from "./record.ts";
import { putNote, readNote } from "./storage.ts";

export class SloKeeper {
  readonly #sql: SqlStorage;
  readonly #record: HistoryRecord;
  readonly #log: NewsLog;
  /** By objective. */
  readonly #watched: Map<string, Watched>;
  #plans = "";
  #objectives: readonly Objective[] = [];
  #indicators: Indicators;

  constructor(sql: SqlStorage, record: HistoryRecord, log: NewsLog) {
    this.#sql = sql;
    this.#record = record;
    this.#log = log;
    this.#indicators = new Indicators(record, []);
    this.#watched = restored(readNote(sql, "slo"));
  }

  /** The objectives in force. */
  configure(plans: readonly SloPlan[]): void {
    const text = JSON.stringify(plans);
    if (text === this.#plans) return;
    this.#plans = text;
    this.#objectives = plans.flatMap(objectivesOf);
    this.#indicators = new Indicators(this.#record, this.#objectives);
  }

  /** How each stands, in the order of the config. Nothing before the first look at the monitors. */
  statuses(): readonly ObjectiveStatus[] {
    const { slot } = this.#record.mark;
    if (slot === null) return [];
    return this.#objectives.map((objective, index) => statusOf(objective, this.#indicators.at(index, slot)));
  }

  /** Tells what has changed since the last time. */
  watch(nowMs: number): void {
    let isChanged = false;
    const keys = new Set<string>();
    for (const status of this.statuses()) {
      const key = keyOf(status);
      keys.add(key);
      const before = this.#watched.get(key) ?? UNWATCHED;
      const { watched, change } = onStatus(before, status, nowMs);
      this.#watched.set(key, watched);
      if (change === null) continue;
      isChanged = true;
      this.#log.add(newsOf(status, change, (this.#record.mark.slot ?? 0) * SLOT_MS));
    }
    for (const key of this.#watched.keys()) {
      if (this.#record.mark.slot === null || keys.has(key)) continue;
      this.#watched.delete(key);
      isChanged = true;
    }
    if (isChanged) putNote(this.#sql, "slo", [...this.#watched]);
  }
}

export function keyOf({ name, kind }: Pick<Objective, "name" | "kind">): string {
  return `${name}/${kind}`;
}

function restored(note: unknown): Map<string, Watched> {
  const known = new Map<string, Watched>();
  for (const row of Array.isArray(note) ? note : []) {
    const [key, watched] = Array.isArray(row) ? row : [];
    const { state, isExhausted } = (watched ?? {}) as Partial<Watched>;
    if (typeof key !== "string" || typeof isExhausted !== "boolean") continue;
    if (state === "ok" || state === "ticket" || state === "page") {
      known.set(key, { state, isExhausted, betterSinceMs: null });
    }
  }
  return known;
}
