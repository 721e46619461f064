import { describe, expect, it } from "vitest";
import { adaptivePolicy } from "../../../../../src/core/balance/adaptive/adaptive.ts";
import type { AdaptiveColumns } from "../../../../../src/core/balance/adaptive/own-evidence.ts";
import type { Candidates, EndpointColumns, Policy } from "../../../../../src/core/balance/policy.ts";
import { seededRng } from "../../../../../src/core/rng.ts";
import { simService } from "../../../../simulation/sim-service.ts";

const NOW = 10_000;
const PICKS = 20_000;

function made(probability: readonly number[]): { policy: Policy; columns: EndpointColumns; own: AdaptiveColumns } {
  const size = probability.length;
  const service = simService(probability.map((_, e) => ({ id: `e${e}`, cloud: "", loc: 0, weight: 1 })));
  const filled = (value: number) => new Float64Array(size).fill(value);
  const own: AdaptiveColumns = {
    probability: Float64Array.from(probability),
    referenceMs: filled(50),
    coolUntilMs: filled(0),
    overdueSinceMs: filled(Number.POSITIVE_INFINITY),
    expectedMs: filled(50),
    delayMs: filled(0),
    delayAtMs: filled(NOW),
    epoch: 1,
    trusted: true,
    ownInFlight: 0,
  };
  const columns: EndpointColumns = {
    size,
    weight: filled(1),
    ownInFlight: new Int32Array(size),
    inFlight: filled(0),
    latencyMs: filled(50),
    failureRatio: filled(0),
    load: filled(Number.NaN),
    adaptive: own,
  };
  return { policy: adaptivePolicy(service, { region: "weur", rng: seededRng(1) }), columns, own };
}

const all = (size: number, epoch = 1): Candidates => ({
  index: Uint16Array.from({ length: size }, (_, e) => e),
  count: size,
  epoch,
});

function shares(policy: Policy, columns: EndpointColumns, candidates: Candidates, seed = 3): number[] {
  const rng = seededRng(seed);
  const counts = new Array<number>(columns.size).fill(0);
  for (let i = 0; i < PICKS; i++) counts[policy.pick(columns, candidates, { nowMs: NOW, rng, hashKey: "" })]! += 1;
  return counts.map((count) => count / PICKS);
}

/** Three standard deviations of a share over PICKS draws are at most 3 × sqrt(0.25 / 20,000) = 0.0107. */
const TOLERANCE = 0.011;

function expectShares(actual: readonly number[], weights: readonly number[]): void {
  const total = weights.reduce((a, b) => a + b, 0);
  actual.forEach((share, e) => {
    expect(Math.abs(share - weights[e]! / total)).toBeLessThan(TOLERANCE);
  });
}

describe("the adaptive policy", () => {
  it("draws by the published probabilities", () => {
    const { policy, columns } = made([0.6, 0.3, 0.1]);
    expectShares(shares(policy, columns, all(3)), [0.6, 0.3, 0.1]);
  });

  it("draws by probability × factor, exactly", () => {
    const { policy, columns, own } = made([0.6, 0.3, 0.1]);
    columns.latencyMs[0] = 100;
    // Twice as dear as in the snapshot: (1/2)^4.
    expectShares(shares(policy, columns, all(3)), [0.6 / 16, 0.3, 0.1]);
    own.coolUntilMs[1] = NOW + 1;
    expectShares(shares(policy, columns, all(3)), [0.6 / 16, 0.3 / 256, 0.1]);
  });

  it("still decides when every draw is likely refused", () => {
    const { policy, columns, own } = made([0.6, 0.3, 0.1]);
    own.coolUntilMs.fill(NOW + 1);
    expectShares(shares(policy, columns, all(3)), [0.6, 0.3, 0.1]);
  });

  it("only lowers: what looks better than in the snapshot gets no more", () => {
    const { policy, columns } = made([0.5, 0.5]);
    columns.latencyMs[0] = 10;
    expectShares(shares(policy, columns, all(2)), [0.5, 0.5]);
  });

  it("uses new probabilities at once, though the candidates are as before", () => {
    const { policy, columns, own } = made([0.9, 0.1]);
    shares(policy, columns, all(2));
    own.probability.set([0.1, 0.9]);
    own.epoch++;
    expectShares(shares(policy, columns, all(2)), [0.1, 0.9]);
  });

  it("serves several sets of candidates in turn, and a retry's without remembering it", () => {
    const { policy, columns } = made([0.6, 0.3, 0.1]);
    const retry: Candidates = { index: Uint16Array.of(1, 2, 0), count: 2, epoch: 0 };
    for (let i = 0; i < 3; i++) {
      expectShares(shares(policy, columns, all(3)), [0.6, 0.3, 0.1]);
      expectShares(shares(policy, columns, retry), [0, 0.3, 0.1]);
    }
  });

  it("gives candidates without probability their share by weight: they are there because of panic", () => {
    const { policy, columns } = made([0, 0, 0]);
    expectShares(shares(policy, columns, all(3)), [1, 1, 1]);
  });

  it("moves some draws away from where own answers are late, at most doubling any share", () => {
    const { policy, columns, own } = made([0.4, 0.4, 0.2]);
    own.delayMs[0] = 200;
    const [late, first, second] = shares(policy, columns, all(3));
    expect(late!).toBeLessThan(0.25);
    expect(first!).toBeLessThan(0.8);
    expect(Math.abs(first! / second! - 2)).toBeLessThan(0.15);
  });

  it("spreads its own requests in flight", () => {
    const { policy, columns, own } = made([0.5, 0.5]);
    columns.ownInFlight[0] = 1;
    own.ownInFlight = 1;
    // (1 / 1.25)^4 = 0.41.
    expectShares(shares(policy, columns, all(2)), [0.41, 1]);
  });

  it("does not mind many in flight where its share explains them", () => {
    const { policy, columns, own } = made([0.8, 0.2]);
    columns.ownInFlight.set([80, 20]);
    own.ownInFlight = 100;
    const [first] = shares(policy, columns, all(2));
    expect(Math.abs(first! - 0.8)).toBeLessThan(0.02);
  });

  it("decides by own latencies without a fresh snapshot", () => {
    const { policy, columns, own } = made([0.9, 0.1]);
    own.trusted = false;
    columns.latencyMs.set([80, 40]);
    expect(shares(policy, columns, all(2))).toEqual([0, 1]);
  });

  it("explains the shares that it draws", () => {
    const { policy, columns, own } = made([0.6, 0.3, 0.1]);
    columns.latencyMs[0] = 75;
    own.overdueSinceMs[1] = NOW - 200;
    const seen = shares(policy, columns, all(3));
    const told = seen.map((_, e) => policy.explain!(columns, all(3), e, NOW));
    expectShares(
      seen,
      told.map(({ share }) => share!),
    );
    expect(told[0]!.cost).toBe(75);
  });
});
