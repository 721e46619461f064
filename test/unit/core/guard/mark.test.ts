import { describe, expect, it } from "vitest";
import { checkMark, counted, onLook, onNextChange } from "../../../../src/core/guard/mark.ts";
import { NO_TALLY, type Totals } from "../../../../src/core/rollout/totals.ts";

const totals = (good: number, failed: number, life = "a"): Totals => ({ ...NO_TALLY, life, good, failed });
const look = (now: Totals, past: Totals | null = null) => ({ now, past });

describe("a mark", () => {
  it("takes what was counted lately for the time before, and only what follows for the time after", () => {
    const mark = onLook(undefined, null, look(totals(1_000, 50), totals(900, 10)), true);
    expect(mark.before).toMatchObject({ good: 100, failed: 40 });
    expect(counted(mark, totals(1_007, 53))).toMatchObject({ good: 7, failed: 3 });
  });

  it("takes the whole life for lately while it is short", () => {
    expect(onLook(undefined, null, look(totals(10, 5)), true).before).toMatchObject({ good: 10, failed: 5 });
    expect(onLook(undefined, null, look(totals(10, 5), totals(9, 9, "other")), true).before).toMatchObject({
      good: 10,
    });
  });

  it("knows no time before of a monitor that was first asked too late", () => {
    expect(onLook(undefined, null, look(totals(10, 5)), false).before).toBeNull();
  });

  it("need not be stored again while the life goes on", () => {
    const mark = onLook(undefined, null, look(totals(1_000, 50)), true);
    expect(onLook(mark, totals(1_000, 50), look(totals(1_500, 50)), false)).toBe(mark);
  });

  it("carries what a former life had counted, as far as it was seen", () => {
    const mark = onLook(undefined, null, look(totals(1_000, 50)), true);
    const next = onLook(mark, totals(1_020, 51), look(totals(5, 2, "b")), false);
    expect(counted(next, totals(5, 2, "b"))).toMatchObject({ good: 25, failed: 3 });
    const unseen = onLook(mark, null, look(totals(5, 2, "b")), false);
    expect(counted(unseen, totals(6, 2, "b"))).toMatchObject({ good: 6, failed: 2 });
  });

  it("keeps the time before for a change on top, and counts anew from its first look", () => {
    const mark = onNextChange(onLook(undefined, null, look(totals(1_000, 50)), true));
    expect(counted(mark, totals(2_000, 60))).toMatchObject({ good: 0, failed: 0 });
    const next = onLook(mark, null, look(totals(2_000, 60)), false);
    expect(next.before).toMatchObject({ good: 1_000, failed: 50 });
    expect(counted(next, totals(2_001, 60))).toMatchObject({ good: 1, failed: 0 });
  });

  it("passes as JSON, and anything else is none", () => {
    const mark = onLook(undefined, null, look(totals(1_000, 50)), true);
    expect(checkMark(JSON.parse(JSON.stringify(mark)))).toEqual(mark);
    for (const broken of [null, 1, {}, { ...mark, carried: 7 }, { ...mark, before: {} }, { ...mark, from: NO_TALLY }]) {
      expect(checkMark(broken)).toBeNull();
    }
  });
});
