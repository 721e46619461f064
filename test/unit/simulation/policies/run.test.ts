import { describe, expect, it } from "vitest";
import { dayOf, SCENARIOS } from "../../../simulation/policies/days.ts";
import { compileFleet, originsOf, SHAPES } from "../../../simulation/policies/fleet.ts";
import { playRun, type Run } from "../../../simulation/policies/run.ts";

const mesh = await compileFleet();
const run: Run = {
  fleet: "small",
  scenario: "down",
  utilisationPercent: 70,
  policy: "adaptive",
  seed: 1,
  forMs: 5_000,
};

describe("a day of the comparison", () => {
  it("exists for every scenario, with its faults on from the end of the warm-up", () => {
    for (const name of Object.keys(SCENARIOS)) {
      const { scenario, judgedFromMs, judgedToMs, durationMs } = dayOf(name, mesh, 40_000);
      expect(scenario.name).toBe(name);
      for (const { atMs } of scenario.faults) expect(atMs).toBe(0);
      expect(judgedToMs).toBeGreaterThan(judgedFromMs);
      expect(judgedToMs).toBeLessThanOrEqual(durationMs);
    }
  });

  it("judges a recovery from its beginning, everything else from the fault's", () => {
    expect(dayOf("recovery", mesh, 40_000)).toMatchObject({ judgedFromMs: 40_000, judgedToMs: 65_000 });
    expect(dayOf("slow", mesh, 40_000)).toMatchObject({ judgedFromMs: 0, judgedToMs: 45_000 });
  });
});

describe("origins", () => {
  it("of the large fleet are sixteen servers that the traffic fills as much as is wanted", () => {
    const origins = Object.values(originsOf(SHAPES.large, 0.85)!);
    expect(origins).toHaveLength(8);
    for (const { servers, meanServiceMs } of origins) {
      expect(servers).toBe(16);
      expect(((SHAPES.large.rps / 8) * (meanServiceMs! / 1_000)) / servers!).toBeCloseTo(0.85, 12);
    }
  });
});

describe("a run", { timeout: 30_000 }, () => {
  const first = playRun(run, mesh);

  it("gives the same figures again, and others with another seed", () => {
    expect(playRun(run, mesh)).toEqual(first);
    expect(playRun({ ...run, policy: "nginx", seed: 2 }, mesh).requests).not.toBe(first.requests);
  });

  it("counts the judged stretch only", () => {
    // 10 s at 600 requests/s: 6,000 with a standard deviation of 77; five of them.
    expect(Math.abs(first.requests - 6_000)).toBeLessThan(390);
    expect(first.success).toBeGreaterThan(0.9);
  });

  it("plays models of other proxies on the same requests", () => {
    const model = playRun({ ...run, policy: "nginx" }, mesh);
    expect(model.requests).toBe(first.requests);
    expect(model.policy).toBe("nginx");
  });
});
