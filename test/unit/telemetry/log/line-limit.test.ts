import { describe, expect, it } from "vitest";
import { createLineLimit, mayWrite } from "../../../../src/telemetry/log/line-limit.ts";

describe("mayWrite", () => {
  it("lets so many lines through a second, and counts the rest", () => {
    const limit = createLineLimit(2);
    const at = [0, 10, 20, 999, 1_000, 1_001, 1_002].map((nowMs) => mayWrite(limit, nowMs));
    expect(at).toEqual([true, true, false, false, true, true, false]);
    expect(limit).toMatchObject({ written: 4, dropped: 3, leftOut: 3 });
  });

  it("goes on when the clock goes back", () => {
    const limit = createLineLimit(1);
    expect(mayWrite(limit, 5_000)).toBe(true);
    expect(mayWrite(limit, 5_001)).toBe(false);
    expect(mayWrite(limit, 10)).toBe(true);
  });
});
