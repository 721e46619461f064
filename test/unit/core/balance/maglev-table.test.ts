import { describe, expect, it } from "vitest";
import { buildMaglevTable } from "../../../../src/core/balance/maglev-table.ts";
import envoy from "./data/envoy-hashing.json" with { type: "json" };

describe("the Maglev table", () => {
  it.each(envoy.maglev.map((table) => [table.name, table] as const))("is Envoy's: %s", (_, published) => {
    const keys = published.hosts.map((host) => (published.useHostnameForHashing ? host.hostname! : host.address));
    const weights = published.hosts.map((host) => host.weight);
    const table = buildMaglevTable(keys, weights, published.tableSize);
    expect(Array.from(table, (host) => keys[host])).toEqual(published.table);
  });

  it("gives weights 1 and 2 their exact parts of 65,537 slots", () => {
    const table = buildMaglevTable(["127.0.0.1:90", "127.0.0.1:91"], [1, 2], 65_537);
    const first = table.filter((host) => host === 0).length;
    expect([first, table.length - first]).toEqual([21_846, 43_691]);
  });

  it("fills a table of 1,000 hosts evenly", () => {
    const keys = Array.from({ length: 1_000 }, (_, host) => `host-${host}`);
    const counts = new Array<number>(1_000).fill(0);
    for (const host of buildMaglevTable(keys, new Array(1_000).fill(1), 65_537)) counts[host]!++;
    // Hosts take turns: 65,537 = 65 × 1,000 + 537.
    expect(Math.min(...counts)).toBe(65);
    expect(Math.max(...counts)).toBe(66);
  });
});
