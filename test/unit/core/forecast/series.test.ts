import { describe, expect, it } from "vitest";
import { seriesOf } from "../../../../src/core/forecast/series.ts";
import { type Bucket, createBucket, TIERS } from "../../../../src/core/history/bucket.ts";
import { NO_COUNTS } from "../../../../src/core/history/counts.ts";

const [, MINUTE, HOUR] = TIERS;
const NOW_HOUR = 500_000;
const SLOT = NOW_HOUR * 360 + 100;

function bucket(slots: number, weur: number, enam = 0): Bucket {
  const made = createBucket();
  made.slots = slots;
  made.regions.set("weur", { ...NO_COUNTS, requests: weur });
  made.regions.set("enam", { ...NO_COUNTS, requests: enam });
  return made;
}

/** So many hours up to now, with 3,600 requests of weur and 7,200 of enam each, and minutes of a tenth of the first. */
const read = (hours: number, minutes: number) =>
  function* (tier: (typeof TIERS)[number], first: number, end: number): Generator<readonly [number, Bucket]> {
    const count = tier === HOUR ? hours : tier === MINUTE ? minutes : 0;
    for (let number = Math.max(first, end - count); number < end; number++) {
      yield [number, tier === HOUR ? bucket(360, 3_600, 7_200) : bucket(6, 360)];
    }
  };

describe("the series of a load", () => {
  it("is of hours that are over, once two days of them are known", () => {
    const { values, stepMs, firstStep, seasons } = seriesOf(read(60, 0), SLOT, null);
    expect([stepMs, seasons, firstStep + values.length]).toEqual([3_600_000, [24, 168], NOW_HOUR]);
    expect([...values.slice(-61)]).toEqual([Number.NaN, ...new Array(60).fill(3)]);
  });

  it("is that of one region", () => {
    expect(seriesOf(read(60, 0), SLOT, "weur").values.at(-1)).toBe(1);
    expect(seriesOf(read(60, 0), SLOT, "sam").values.at(-1)).toBe(0);
  });

  it("is of five minutes before that, without a season", () => {
    const { values, stepMs, seasons } = seriesOf(read(47, 12), SLOT, null);
    expect([stepMs, seasons, values.length]).toEqual([300_000, [], 576]);
    // Twelve minutes up to the last five that are over: two whole steps, and two minutes of a third, which are too few.
    expect([...values.slice(-3)]).toEqual([Number.NaN, 6, 6]);
  });
});
