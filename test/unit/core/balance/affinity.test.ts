import { describe, expect, it } from "vitest";
import type { PolicyFactory } from "../../../../src/core/balance/policy.ts";
import { POLICIES } from "../../../../src/core/balance/registry.ts";
import type { HashSettings } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { candidatesOf, columnsOf, everyOne, fiveSigma, inputOf, serviceOf } from "./fixture.ts";

const hash: HashSettings = {
  on: [],
  tableSize: 65_537,
  minimumRingSize: 16_384,
  maximumRingSize: 8_388_608,
  balanceFactorPercent: 0,
};
const keys = Array.from({ length: 6_000 }, (_, n) => `user-${n}`);
const five = [{ weight: 1 }, { weight: 1 }, { weight: 2 }, { weight: 1 }, { weight: 3 }];
const affine: [string, PolicyFactory][] = [
  ["ring-hash", POLICIES["ring-hash"]],
  ["maglev", POLICIES.maglev],
  ["rendezvous", POLICIES.rendezvous],
];

describe.each(affine)("%s", (name, factory) => {
  const make = (settings: Partial<HashSettings> = {}, specs: readonly object[] = five) => {
    const service = serviceOf(specs, { hash: { ...hash, ...settings } });
    const policy = factory(service, { region: "weur", rng: seededRng(1) });
    const rng = seededRng(2);
    return {
      service,
      place: (columns = columnsOf(service), candidates = everyOne(service)) =>
        keys.map((key) => policy.pick(columns, candidates, inputOf(rng, key))),
      policy,
      rng,
    };
  };

  it("keeps a key where it is, over requests, isolates and epochs", () => {
    const { service, place } = make();
    const first = place();
    expect(place()).toEqual(first);
    expect(make().place()).toEqual(first);
    expect(place(columnsOf(service), everyOne(service, 9))).toEqual(first);
  });

  it("moves only the keys of an endpoint that is out, spreads them, and brings them back", () => {
    const { service, place } = make();
    const before = place();
    const without = place(columnsOf(service), candidatesOf([0, 1, 3, 4], 2));
    before.forEach((endpoint, k) => {
      if (endpoint !== 2) expect(without[k]).toBe(endpoint);
    });
    const moved = without.filter((_, k) => before[k] === 2);
    const share = moved.filter((endpoint) => endpoint === 4).length / moved.length;
    // Endpoint 4 has half of the remaining weight. Five sigma of the 1,500 moved keys; the ring's arcs after endpoint 2's
    // 4,096 points are a sample of theirs too, which adds 0.04.
    expect(Math.abs(share - 0.5)).toBeLessThan(fiveSigma(0.5, moved.length) + (name === "ring-hash" ? 0.04 : 0));
    expect(place(columnsOf(service), everyOne(service, 3))).toEqual(before);
  });

  it("gives requests without a key to random candidates by weight", () => {
    const { service, policy, rng } = make();
    const draws = 20_000;
    let fourth = 0;
    for (let n = 0; n < draws; n++) {
      if (policy.pick(columnsOf(service), everyOne(service), inputOf(rng)) === 4) fourth++;
    }
    // 3 of 8; a share of the ring is off by 1/√6,144 = 1.3 %, five times.
    expect(Math.abs(fourth / draws - 3 / 8)).toBeLessThan(fiveSigma(3 / 8, draws) + 0.024);
  });

  it("brings a warming endpoint its keys one by one, and moves no others", () => {
    const { service, place } = make();
    const full = place();
    let before = new Set<number>();
    for (const factor of [0.1, 0.4, 0.7, 1]) {
      const columns = columnsOf(service, { weight: [1, 1, 2, 1, 3 * factor] });
      const now = place(columns, everyOne(service, 10 + 10 * factor));
      const here = new Set(now.flatMap((endpoint, k) => (endpoint === 4 ? [k] : [])));
      for (const k of before) expect(here.has(k)).toBe(true);
      now.forEach((endpoint, k) => {
        if (full[k] !== 4) expect(endpoint).toBe(full[k]);
      });
      before = here;
    }
    expect(before.size).toBe(full.filter((endpoint) => endpoint === 4).length);
  });

  it("holds every endpoint to its bound, and keys off it only while it is full", () => {
    const { service, policy, rng } = make({ balanceFactorPercent: 125 });
    const columns = columnsOf(service);
    // All keys are one: without the bound a single endpoint would have all 400.
    const placed: number[] = [];
    for (let n = 0; n < 400; n++) {
      const endpoint = policy.pick(columns, everyOne(service), inputOf(rng, "hot"));
      columns.inFlight[endpoint]!++;
      placed.push(endpoint);
      const slots = Math.ceil((n + 1) * 1.25);
      const most = Math.max(1, Math.ceil((slots * service.endpoints[endpoint]!.weight) / 8));
      expect(columns.inFlight[endpoint]).toBeLessThanOrEqual(most);
    }
    columns.inFlight.fill(0);
    expect(policy.pick(columns, everyOne(service), inputOf(rng, "hot"))).toBe(placed[0]);
  });

  it("places keys of each priority within it", () => {
    const { service, place } = make({}, [{}, {}, { priority: 1 }, { priority: 1 }]);
    expect(new Set(place(columnsOf(service), candidatesOf([0, 1], 1)))).toEqual(new Set([0, 1]));
    expect(new Set(place(columnsOf(service), candidatesOf([2, 3], 2)))).toEqual(new Set([2, 3]));
  });

  it("lets a retry leave its priority", () => {
    const { service, place } = make({}, [{}, {}, { priority: 1 }]);
    expect(new Set(place(columnsOf(service), candidatesOf([1, 2], 0)))).toContain(1);
    expect(new Set(place(columnsOf(service), candidatesOf([2], 0)))).toEqual(new Set([2]));
  });
});
