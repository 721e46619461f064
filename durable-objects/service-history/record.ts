/**
 * The buckets of all tiers over their rows. The finest tier is written with every look; a minute or an hour once it is over,
 * and until then it is in memory, from where a restart rebuilds it out of the finer rows.
 */
import { addBucket, type Bucket, createBucket, TIERS, type Tier } from "../../src/core/history/bucket.ts";
import type { Looked, Mark } from "../../src/core/history/look.ts";
import { spread } from "../../src/core/history/spread.ts";
import { createTables, putBucket, putMark, readBuckets, readMark } from "./storage.ts";

const [SLOT, MINUTE, HOUR] = TIERS;

export class HistoryRecord {
  readonly #storage: DurableObjectStorage;
  /** Of a tier, the buckets that are not over. */
  readonly #open = new Map<Tier, Map<number, Bucket>>();
  #mark: Mark;
  #lateChanges = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    createTables(storage.sql);
    this.#mark = readMark(storage.sql);
    const slot = this.#mark.slot ?? 0;
    for (const [tier, finer] of [
      [MINUTE, SLOT],
      [HOUR, MINUTE],
    ] as const) {
      this.#open.set(tier, new Map());
      const number = Math.floor(slot / tier.slots);
      const per = tier.slots / finer.slots;
      const parts = this.buckets(finer, number * per, (number + 1) * per);
      if (parts.length === 0) continue;
      const bucket = createBucket();
      for (const [, part] of parts) addBucket(bucket, part);
      this.#open.get(tier)!.set(number, bucket);
    }
  }

  get mark(): Mark {
    return this.#mark;
  }

  /** How often counts came late, for buckets that were known before. */
  get lateChanges(): number {
    return this.#lateChanges;
  }

  /** Takes in what a look found; durable when whoever asked for it is answered. */
  add(looked: Looked): void {
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      for (const tier of TIERS) this.#addTo(tier, looked);
      putMark(sql, looked.mark);
    });
    this.#mark = looked.mark;
    if (looked.pieces.some(({ from }) => from < looked.from)) this.#lateChanges++;
  }

  #addTo(tier: Tier, looked: Looked): void {
    const { sql } = this.#storage;
    const open = this.#open.get(tier);
    const current = Math.floor(looked.to / tier.slots);
    const isOver = (number: number) => tier === SLOT || number < current;
    for (const [number, more] of spread(looked, tier)) {
      const bucket = open?.get(number) ?? readBuckets(sql, tier, number, number + 1)[0]?.[1] ?? createBucket();
      addBucket(bucket, more);
      if (open === undefined) putBucket(sql, tier, number, bucket);
      else open.set(number, bucket);
    }
    for (const [number, bucket] of open ?? []) {
      if (!isOver(number)) continue;
      putBucket(sql, tier, number, bucket);
      open!.delete(number);
    }
  }

  /** Buckets of a tier with numbers from `first` up to `end`, in no order. */
  buckets(tier: Tier, first: number, end: number): readonly (readonly [number: number, bucket: Bucket])[] {
    const stored = readBuckets(this.#storage.sql, tier, first, end);
    const open = [...(this.#open.get(tier) ?? [])].filter(([number]) => number >= first && number < end);
    return open.length === 0
      ? stored
      : [...stored.filter(([number]) => !open.some(([other]) => other === number)), ...open];
  }
}
