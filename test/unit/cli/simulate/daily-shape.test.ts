import { describe, expect, it } from "vitest";
import { readDailyShape } from "../../../../src/cli/simulate/daily-shape.ts";

describe("readDailyShape", () => {
  it("reads a day of one's own", () => {
    expect(readDailyShape("10m:1,2.5, 0")).toEqual({ ok: true, value: { periodMs: 600_000, rates: [1, 2.5, 0] } });
  });

  it("has a usual day, busier in the evening than before dawn", () => {
    const read = readDailyShape("24h");
    const rates = read.ok ? read.value.rates : [];
    expect(rates).toHaveLength(24);
    expect(rates[20]).toBeGreaterThan(3 * rates[4]!);
  });

  it.each(["", "day", "1ms", "10m:", "10m:a,b", "10m:0,0", "10m:-1,2"])("refuses %s", (text) => {
    expect(readDailyShape(text)).toMatchObject({ ok: false });
  });
});
