import { describe, expect, it } from "vitest";
import {
  quorumOf,
  type RegionVerdict,
  regionalHealth,
  VERDICT_FRESH_MS,
  worseHealth,
} from "../../../../src/core/health/verdicts.ts";
import type { HealthCode } from "../../../../src/core/protocol.ts";
import { REGIONS } from "../../../../src/core/region.ts";

const NOW_MS = 100_000;
const saying = (codes: readonly number[], atMs = NOW_MS): RegionVerdict[] =>
  codes.map((health, i) => ({ region: REGIONS[i]!, health: health as HealthCode, good: 0, failed: 0, atMs }));

describe("the quorum of the regions", () => {
  it.each([
    ["nobody has an opinion", [0, 0], { health: 0, down: 0, opinions: 0 }],
    ["one region is all there is", [2], { health: 2, down: 1, opinions: 1 }],
    ["half against half is none", [1, 2], { health: 0, down: 1, opinions: 2 }],
    ["two of three", [1, 2, 2], { health: 2, down: 2, opinions: 3 }],
    ["most say up", [1, 1, 2], { health: 1, down: 1, opinions: 3 }],
    ["down in two ways, most not ready", [3, 3, 2, 1], { health: 3, down: 3, opinions: 4 }],
    ["a tie of the two ways is unhealthy", [3, 2], { health: 2, down: 2, opinions: 2 }],
    ["regions without an opinion do not count", [0, 0, 0, 2], { health: 2, down: 1, opinions: 1 }],
  ])("%s", (_, codes, expected) => {
    expect(quorumOf(saying(codes), NOW_MS)).toEqual(expected);
  });

  it("forgets what was said too long ago", () => {
    const stale = saying([2, 2], NOW_MS - VERDICT_FRESH_MS - 1);
    expect(quorumOf([...stale, ...saying([0, 0, 1])], NOW_MS)).toEqual({ health: 1, down: 0, opinions: 1 });
  });
});

describe("the health a region goes by", () => {
  const up = { health: 1, down: 1, opinions: 3 } as const;
  const down = { health: 2, down: 2, opinions: 3 } as const;
  const split = { health: 0, down: 1, opinions: 2 } as const;
  it.each([
    ["alone, its own word counts", 2, 0, 0, null, 2],
    ["a quorum that says down is believed", 1, 50, 0, down, 2],
    ["down alone, without traffic, is taken back", 2, 0, 0, up, 1],
    ["down alone, with real failures here, stands", 2, 1, 5, up, 2],
    ["more good than failed is no evidence", 2, 9, 5, up, 1],
    ["not ready alone is taken back as well", 3, 0, 0, up, 1],
    ["no majority contradicts it", 2, 0, 0, split, 2],
    ["no opinion stays none", 0, 0, 0, up, 0],
  ] as const)("%s", (_, own, good, failed, quorum, expected) => {
    expect(regionalHealth(own, good, failed, quorum)).toBe(expected);
  });

  it("is the worse of two, in the order healthy, unknown, not ready, unhealthy, drained, disabled", () => {
    const order: HealthCode[] = [1, 0, 3, 2, 4, 5];
    for (const [i, a] of order.entries()) {
      for (const [j, b] of order.entries()) expect(worseHealth(a, b)).toBe(order[Math.max(i, j)]);
    }
  });
});
