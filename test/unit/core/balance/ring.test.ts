import { describe, expect, it } from "vitest";
import { buildRing, ringPosition } from "../../../../src/core/balance/ring.ts";
import envoy from "./data/envoy-hashing.json" with { type: "json" };

const halves = (hash: string) => [Number(BigInt(hash) >> 32n), Number(BigInt(hash) & 0xffff_ffffn)] as const;

describe("the ring", () => {
  it.each(envoy.ringHash.map((ring) => [ring.name, ring] as const))("is Envoy's: %s", (_, published) => {
    const keys = published.hosts.map((host) => (published.useHostnameForHashing ? host.hostname! : host.address));
    const weights = published.hosts.map((host) => host.weight);
    const ring = buildRing(keys, weights, published.minimumRingSize, 8_388_608);

    const points = Array.from(ring.host, (host, at) => ({
      host: keys[host],
      hash: String((BigInt(ring.high[at]!) << 32n) | BigInt(ring.low[at]!)),
    }));
    // Some of the published hosts leave out the address.
    expect(points).toEqual(
      published.ring.map(({ host, hash }) => ({ host: keys.find((key) => key.endsWith(host)), hash })),
    );
    for (const { hash, host } of published.lookups) {
      expect(ring.host[ringPosition(ring, ...halves(hash))]).toBe(host);
    }
  });

  it("gives hosts points by weight, the lightest a whole number", () => {
    // 1/4 of at least 10 points: 3 for the lightest, so 12 in all.
    const ring = buildRing(["a", "b"], [1, 3], 10, 1_000);
    expect([0, 1].map((host) => ring.host.filter((owner) => owner === host).length)).toEqual([3, 9]);
  });

  it("stays within the maximum size", () => {
    // Four equal hosts, six points: 1.5 each, rounded by turns.
    const ring = buildRing(["a", "b", "c", "d"], [1, 1, 1, 1], 1, 6);
    expect(ring.host.length).toBe(4);
    const larger = buildRing(["a", "b", "c", "d"], [1, 1, 1, 1], 100, 6);
    expect([0, 1, 2, 3].map((host) => larger.host.filter((owner) => owner === host).length)).toEqual([2, 1, 2, 1]);
  });
});
