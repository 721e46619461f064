import { describe, expect, it } from "vitest";
import { roundTripMs } from "../../../../src/simulate/world/distances.ts";
import { originOf } from "../../../../src/simulate/world/origins.ts";
import { MESH } from "../days.ts";

const SHOP = MESH.services[0]!;
const [A] = SHOP.endpoints;
const demand = { rps: 1_000, utilisation: 0.5 };

describe("an origin", () => {
  it("is sized so that its share of the traffic takes the wanted part of its time, exactly", () => {
    const { servers, meanServiceMs } = originOf(SHOP, A!, ["enam"], demand, {});
    expect(servers).toBe(20);
    expect((250 * meanServiceMs) / 1_000 / servers).toBeCloseTo(0.5, 12);
    const odd = originOf(SHOP, A!, ["enam"], { rps: 37, utilisation: 0.7 }, {});
    expect(Number.isInteger(odd.servers)).toBe(true);
    expect((37 * odd.meanServiceMs) / 4 / 1_000 / odd.servers).toBeCloseTo(0.7, 12);
  });

  it("carries all of its priority's traffic together with its peers, by weight", () => {
    const [first, second, ...backups] = SHOP.endpoints;
    const service = {
      ...SHOP,
      endpoints: [{ ...first!, weight: 3 }, second!, ...backups.map((endpoint) => ({ ...endpoint, priority: 1 }))],
    };
    const capacity = service.endpoints.map((endpoint) => {
      const { servers, meanServiceMs } = originOf(service, endpoint, ["enam"], demand, {});
      return Math.round((servers / meanServiceMs) * 1_000);
    });
    expect(capacity).toEqual([1_500, 500, 1_000, 1_000]);
  });

  it("is what the user says where the user says something", () => {
    const given = { servers: 3, meanServiceMs: 7, queueLimit: 9, cv: 0, rttMs: { weur: 1 } };
    const origin = originOf(SHOP, A!, ["enam", "weur"], demand, given);
    expect(origin).toMatchObject({ servers: 3, meanServiceMs: 7, queueLimit: 9, sampler: { type: "deterministic" } });
    expect([...origin.rttMs]).toEqual([12, 1]);
  });

  it("is as far as the world is wide", () => {
    expect(roundTripMs("enam", "enam")).toBe(12);
    expect(roundTripMs("enam", "weur")).toBe(roundTripMs("weur", "enam"));
    expect(roundTripMs("enam", "apac-se")).toBeGreaterThan(180);
    expect(roundTripMs("enam", null)).toBe(142);
  });
});
