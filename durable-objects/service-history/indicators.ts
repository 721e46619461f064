/** Events of objectives over windows that end now. What was worked out of a bucket that is over is kept: two numbers each. */
import { SLOT_MS, TIERS, type Tier } from "../../src/core/history/bucket.ts";
import type { Events } from "../../src/core/slo/burn.ts";
import { eventsOf } from "../../src/core/slo/indicator.ts";
import type { Objective } from "../../src/core/slo/objective.ts";
import type { HistoryRecord } from "./record.ts";

const NONE: Events = { total: 0, bad: 0 };

interface Cache {
  readonly objective: Objective;
  readonly tiers: ReadonlyMap<Tier, Map<number, Events>>;
}

export class Indicators {
  readonly #record: HistoryRecord;
  readonly #caches: readonly Cache[];
  #changes = -1;

  constructor(record: HistoryRecord, objectives: readonly Objective[]) {
    this.#record = record;
    this.#caches = objectives.map((objective) => ({
      objective,
      tiers: new Map(TIERS.map((tier) => [tier, new Map<number, Events>()])),
    }));
  }

  /** The question for one objective, as of the end of the slot before `slot`. Ask in the same turn. */
  at(index: number, slot: number): (ms: number) => Events {
    const cache = this.#caches[index]!;
    const known = new Map<number, Events>();
    return (ms) => {
      let events = known.get(ms);
      if (events === undefined) {
        events = this.#sum(cache, slot, Math.round(ms / SLOT_MS));
        known.set(ms, events);
      }
      return events;
    };
  }

  #sum(cache: Cache, end: number, slots: number): Events {
    const tier = TIERS.find((one) => slots <= one.slots * one.kept) ?? TIERS[2];
    const from = end - slots;
    const [first, last] = [Math.floor(from / tier.slots), Math.ceil(end / tier.slots)];
    const byNumber = this.#events(cache, tier, first, last, end);
    // A bucket that began before the window counts for the share that is in it.
    const inside = (first + 1 - from / tier.slots) % 1 || 1;
    let [total, bad] = [0, 0];
    for (let number = first; number < last; number++) {
      const events = byNumber.get(number) ?? NONE;
      const share = number === first ? inside : 1;
      total += events.total * share;
      bad += events.bad * share;
    }
    return { total, bad };
  }

  /** The events of a tier's buckets from `first` up to `last`, read as far as they are not known. */
  #events({ objective, tiers }: Cache, tier: Tier, first: number, last: number, end: number): Map<number, Events> {
    this.#forgetChanged();
    const known = tiers.get(tier)!;
    for (const number of known.keys()) if (number < last - tier.kept) known.delete(number);
    let unread = first;
    while (unread < last && known.has(unread)) unread++;
    if (unread === last) return known;
    for (const [number, bucket] of this.#record.buckets(tier, unread, last))
      known.set(number, eventsOf(bucket, objective));
    const over = Math.floor(end / tier.slots);
    for (let number = unread; number < over; number++) if (!known.has(number)) known.set(number, NONE);
    if (last <= over) return known;
    const open = new Map(known);
    known.delete(over);
    return open;
  }

  /** Counts that came late have changed buckets that were over. */
  #forgetChanged(): void {
    if (this.#record.lateChanges === this.#changes) return;
    this.#changes = this.#record.lateChanges;
    for (const { tiers } of this.#caches) for (const known of tiers.values()) known.clear();
  }
}
