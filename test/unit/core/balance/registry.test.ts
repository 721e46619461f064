import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PolicyFactory } from "../../../../src/core/balance/policy.ts";
import { createPolicy, POLICIES } from "../../../../src/core/balance/registry.ts";
import type { PolicyName } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { alike, candidatesOf, columnsOf, everyOne, fiveSigma, inputOf, serviceOf, sharesOf } from "./fixture.ts";

const every = Object.entries(POLICIES) as [PolicyName, PolicyFactory][];
const make = (factory: PolicyFactory, service: ReturnType<typeof serviceOf>, seed = 1) =>
  factory(service, { region: "weur", rng: seededRng(seed) });

/** A ring this large has 10,923 points for the lightest of the weights below: its share is off by 1 % (1/√points). */
const largeRing = {
  hash: { on: [], tableSize: 65_537, minimumRingSize: 65_536, maximumRingSize: 8_388_608, balanceFactorPercent: 0 },
};

describe("the registry", () => {
  it("makes the policy a service names", () => {
    const service = serviceOf(alike(2), { policy: "round-robin" });
    const policy = createPolicy(service, { region: "weur", rng: () => 0 });
    const picks = [1, 2, 3, 4].map(() =>
      policy.pick(
        columnsOf(service),
        everyOne(service),
        inputOf(() => 0),
      ),
    );
    expect(picks).toEqual([0, 1, 0, 1]);
  });

  it("objects to a name without a policy, with the service's name in the message", () => {
    const service = serviceOf(alike(2), { policy: "sticky" as PolicyName });
    expect(() => createPolicy(service, { region: "weur", rng: () => 0 })).toThrow('shop: no balancing policy "sticky"');
  });

  it("makes a policy from code with what the config tells it, and objects to one that is not registered", () => {
    const extension = { name: "always", settings: { endpoint: 1 } };
    const service = serviceOf(alike(2), { policy: "extension", extension });
    const context = { region: "weur", rng: () => 0 } as const;
    const byName = new Map<string, PolicyFactory>([
      ["always", (_, { settings }) => ({ pick: () => (settings as { endpoint: number }).endpoint })],
    ]);
    const policy = createPolicy(service, context, { byName, onFault: () => {} });
    const input = inputOf(() => 0);
    expect(policy.pick(columnsOf(service), everyOne(service), input)).toBe(1);
    expect(() => createPolicy(service, context)).toThrow('shop: no balancing policy "always" is registered');
  });
});

describe.each(every)("%s keeps the contract of a policy", (name, factory) => {
  it("returns one of the candidates, whatever the columns say", () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    const endpoint = fc.record({
      weight: fc.constantFrom(1, 2, 0.1, 7),
      isCandidate: fc.boolean(),
      inFlight: fc.nat(100),
      latencyMs: fc.constantFrom(0, 1, 30, 5_000, Number.NaN),
      failureRatio: ratio,
      load: fc.constantFrom(Number.NaN, 0, 0.5, 3),
    });
    fc.assert(
      fc.property(
        fc.array(endpoint, { minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.boolean(),
        (list, seed, isRetry) => {
          const service = serviceOf(
            list.map(({ weight }, e) => ({ weight, priority: e % 2, cloud: `c${e % 3}` })),
            {
              hash: {
                ...largeRing.hash,
                tableSize: 101,
                minimumRingSize: 128,
                balanceFactorPercent: seed % 2 ? 125 : 0,
              },
            },
          );
          const members = list.flatMap(({ isCandidate }, e) => (isCandidate ? [e] : []));
          if (members.length === 0) members.push(0);
          const columns = columnsOf(service, {
            inFlight: list.map(({ inFlight }) => inFlight),
            latencyMs: list.map(({ latencyMs }) => latencyMs),
            failureRatio: list.map(({ failureRatio }) => failureRatio),
            load: list.map(({ load }) => load),
          });
          const rng = seededRng(seed);
          const policy = factory(service, { region: "weur", rng });
          for (let n = 0; n < 20; n++) {
            const picked = policy.pick(
              columns,
              candidatesOf(members, isRetry ? 0 : 1),
              inputOf(rng, n % 2 ? `k${n}` : ""),
            );
            expect(members).toContain(picked);
          }
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it("returns the only candidate", () => {
    const service = serviceOf(alike(3));
    const policy = make(factory, service);
    for (const only of [0, 1, 2]) {
      expect(policy.pick(columnsOf(service), candidatesOf([only], only + 1), inputOf(seededRng(1), "k"))).toBe(only);
    }
  });

  it("gives the same picks for the same seed", () => {
    const service = serviceOf([{ weight: 1 }, { weight: 2 }, { weight: 2 }, { weight: 5 }]);
    const run = () => {
      const rng = seededRng(11);
      const policy = factory(service, { region: "weur", rng });
      return Array.from({ length: 50 }, (_, n) =>
        policy.pick(columnsOf(service), everyOne(service), inputOf(rng, n % 3 ? `k${n}` : "")),
      );
    };
    expect(run()).toEqual(run());
  });

  it(`gives ${name === "random" ? "equal shares" : "shares by weight"} while all else is equal`, () => {
    const service = serviceOf([{ weight: 1 }, { weight: 2 }, { weight: 3 }], largeRing);
    const picks = 60_000;
    const shares = sharesOf(make(factory, service), columnsOf(service), everyOne(service), seededRng(3), picks);
    const expected = name === "random" ? [1 / 3, 1 / 3, 1 / 3] : [1 / 6, 2 / 6, 3 / 6];
    // Five sigma of the draws (0.010 for a half); the ring adds 1 % of a share, five times: 0.025 of the largest.
    expected.forEach((share, e) => {
      const tolerance = fiveSigma(share, picks) + (name === "ring-hash" ? 0.05 * share : 0.002);
      expect(Math.abs(shares[e]! - share)).toBeLessThan(tolerance);
    });
  });

  it("never sends more to an endpoint because it fails fast", () => {
    const service = serviceOf(alike(3), largeRing);
    const columns = columnsOf(service, {
      failureRatio: [1, 0, 0],
      latencyMs: [1, 50, 50],
      inFlight: [0, 200, 200],
      load: [0.01, 0.7, 0.7],
    });
    const policy = make(factory, service);
    const rng = seededRng(5);
    const picks = 20_000;
    let failed = 0;
    for (let n = 0; n < picks; n++) {
      const nowMs = 1_000 + n;
      const picked = policy.pick(columns, everyOne(service), inputOf(rng, `key-${n}`, nowMs));
      policy.onStart?.(picked, nowMs);
      if (picked === 0) failed++;
      policy.onOutcome?.(picked, {
        outcome: picked === 0 ? "5xx" : "ok",
        status: picked === 0 ? 500 : 200,
        latencyMs: picked === 0 ? 1 : 50,
        nowMs,
        isRetry: false,
        isHedge: false,
        retryAfterMs: 0,
      });
    }
    // A third is what it gets by its weight; five sigma above are 0.017, and 5 % of the share is the ring's.
    const fair = 1 / 3 + fiveSigma(1 / 3, picks) + 0.05 / 3;
    const watchesCost = ["peak-ewma", "response-time", "load", "failure-rate", "score"].includes(name);
    // least-request draws with replacement: only two draws of the same endpoint choose a bad one, 1/9.
    // By cost: of the third of draws that start at it, 95 % move away with the failure ratio (which is bounded at 0.95): 1.7 %.
    const most = watchesCost
      ? 0.02 + fiveSigma(0.02, picks)
      : name === "least-request"
        ? 1 / 9 + fiveSigma(1 / 9, picks)
        : fair;
    expect(failed / picks).toBeLessThan(most);
  });

  it("follows a new epoch at once, and keeps several apart", () => {
    const service = serviceOf(alike(6).map((_, e) => ({ weight: 1 + (e % 3) })));
    const policy = make(factory, service);
    const columns = columnsOf(service);
    const rng = seededRng(9);
    // More sets than any policy keeps, by turns, and a retry's between them.
    const sets = Array.from({ length: 9 }, (_, n) => [n % 6, (n + 1) % 6, (n + 3) % 6].sort((a, b) => a - b));
    for (let round = 0; round < 40; round++) {
      sets.forEach((members, n) => {
        const epoch = n === 4 ? 0 : n + 1;
        expect(members).toContain(policy.pick(columns, candidatesOf(members, epoch), inputOf(rng, `k${round}`)));
      });
    }
  });

  it("works with 1,000 endpoints and reaches many of them", () => {
    const service = serviceOf(alike(1_000).map((_, e) => ({ weight: 1 + (e % 2), near: e % 2 ? "weur" : "enam" })));
    const policy = make(factory, service);
    const columns = columnsOf(service, { latencyMs: alike(1_000).map((_, e) => 10 + (e % 7)) });
    const rng = seededRng(13);
    const candidates = everyOne(service);
    const seen = new Set<number>();
    for (let n = 0; n < 2_000; n++) seen.add(policy.pick(columns, candidates, inputOf(rng, `k${n}`)));
    // `locality` keeps to the 500 near ones; of these 2,000 draws leave out e^-4 (2 %).
    expect(seen.size).toBeGreaterThan(450);
    for (const endpoint of seen) expect(endpoint).toBeLessThan(1_000);
  });

  it("explains shares that sum to 1 and are what is picked, where it tells them", () => {
    const service = serviceOf([{ weight: 1 }, { weight: 2 }, { weight: 3 }, { weight: 3 }], largeRing);
    const columns = columnsOf(service, { latencyMs: [10, 20, 40, 80], load: [0.2, 0.4, 0.1, 0.9] });
    const candidates = candidatesOf([0, 1, 3], 4);
    const policy = make(factory, service);
    const views = [0, 1, 2, 3].map((e) => policy.explain?.(columns, candidates, e, 1_000));
    if (views[0]?.share === undefined) return;
    expect(views.reduce((sum, view) => sum + view!.share!, 0)).toBeCloseTo(1);
    const picks = 40_000;
    const shares = sharesOf(policy, columns, candidates, seededRng(17), picks);
    for (const e of [0, 1, 3]) {
      const share = views[e]!.share!;
      // Five sigma of the draws, and of a ring without endpoint 2: its arcs go to neighbours, not to all by weight.
      const tolerance = fiveSigma(share, picks) + (name === "ring-hash" ? 0.05 : 0.002);
      expect(Math.abs(shares[e]! - share)).toBeLessThan(tolerance);
    }
  });
});
