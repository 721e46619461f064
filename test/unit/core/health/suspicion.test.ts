import { describe, expect, it } from "vitest";
import {
  clearSuspicion,
  createSuspicion,
  isNearlySuspected,
  noteEjection,
  suspect,
} from "../../../../src/core/health/suspicion.ts";

const params = { normalFailureRatio: 0.1, brokenFailureRatio: 0.7, threshold: 12 };
const of = (regions: number, clouds: readonly string[] = ["aws", "gcp"]) => createSuspicion(regions, clouds, params);
const failed = (n: number) => ({ ok: 0, failed: n });
const ok = (n: number) => ({ ok: n, failed: 0 });

describe("suspicion", () => {
  it("pools the failures of all regions", () => {
    const s = of(3);
    expect(suspect(s, 0, 0, failed(3), 0)).toBeNull();
    expect(isNearlySuspected(s, 0)).toBe(true);
    expect(suspect(s, 1, 0, failed(3), 0)).toBeNull();
    expect(suspect(s, 2, 0, failed(1), 0)).toBe("endpoint");
  });

  it("does not believe one report of one region alone, however long, but a second one", () => {
    const s = of(2);
    expect(suspect(s, 0, 0, failed(100), 0)).toBeNull();
    expect(suspect(s, 1, 0, ok(20), 0)).toBeNull();
    expect(suspect(s, 0, 0, failed(100), 0)).toBeNull();
    const t = of(2);
    suspect(t, 0, 0, failed(100), 0);
    expect(suspect(t, 1, 0, failed(5), 0)).toBe("endpoint");
  });

  it("blames the path when another region gets answers", () => {
    const s = of(2);
    suspect(s, 0, 0, failed(1), 0);
    suspect(s, 1, 0, ok(1), 0);
    suspect(s, 0, 0, failed(2), 0);
    suspect(s, 1, 0, ok(3), 0);
    expect(suspect(s, 0, 0, failed(7), 0)).toBe("path");
  });

  it("does not wait for contradiction where there is one region", () => {
    const s = of(1);
    suspect(s, 0, 0, failed(1), 0);
    suspect(s, 0, 0, { ok: 0, failed: 2 }, 0);
    expect(suspect(s, 0, 0, { ok: 0, failed: 5 }, 0)).toBe("endpoint");
  });

  it("lets successes clear what failures built up", () => {
    const s = of(1);
    suspect(s, 0, 0, failed(6), 0);
    suspect(s, 0, 0, ok(20), 0);
    expect(isNearlySuspected(s, 0)).toBe(false);
    expect(suspect(s, 0, 0, failed(6), 0)).toBeNull();
  });

  it("needs half the evidence for the rest of a cloud that is failing", () => {
    const s = of(1, ["aws", "aws", "aws", "gcp", ""]);
    noteEjection(s, 0, 1_000);
    expect(suspect(s, 0, 2, failed(4), 2_000)).toBeNull();
    clearSuspicion(s, 2);
    noteEjection(s, 1, 2_000);
    expect(suspect(s, 0, 2, failed(4), 3_000)).toBe("endpoint");
    clearSuspicion(s, 2);
    expect(suspect(s, 0, 3, failed(4), 3_000)).toBeNull();
    expect(suspect(s, 0, 2, failed(4), 20_000)).toBeNull();
  });
});
