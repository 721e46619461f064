import { describe, expect, it } from "vitest";
import { monitorName, parseMonitorName, shardOf, upperName } from "../../../../src/core/monitor/monitor-name.ts";

describe("an object's name", () => {
  it.each([
    ["shop/weur", { service: "shop", scope: "weur", shard: null }],
    ["shop/root", { service: "shop", scope: "root", shard: null }],
    ["team/shop/apac-ne", { service: "team/shop", scope: "apac-ne", shard: null }],
    ["root/root", { service: "root", scope: "root", shard: null }],
    ["team/shop/weur/shard-0", { service: "team/shop", scope: "weur", shard: 0 }],
    ["shop/weur/shard-127", { service: "shop", scope: "weur", shard: 127 }],
  ] as const)("%s has its parts", (name, parts) => {
    expect(parseMonitorName(name)).toEqual(parts);
    expect(monitorName(parts.service, parts.scope, parts.shard)).toBe(name);
  });

  it.each([
    ...[undefined, "", "/", "shop", "shop/", "/weur", "shop/moon", "shop/WEUR", "weur"],
    ...["shop/shard-1", "/weur/shard-1", "weur/shard-1", "shop/root/shard-1"],
    ...["shop/weur/shard-", "shop/weur/shard-01", "shop/weur/shard-x", "shop/weur/shard-128", "shop/weur/shard-1/"],
  ])("%s is none", (name) => {
    expect(parseMonitorName(name)).toBeNull();
  });

  it.each([
    ["shop/weur/shard-7", "shop/weur"],
    ["shop/weur", "shop/root"],
    ["shop/root", null],
  ])("of what %s reports to is %s", (name, above) => {
    expect(upperName(parseMonitorName(name)!)).toBe(above);
  });
});

describe("a reporter's shard", () => {
  it.each([undefined, 0, 1, Number.NaN])("is none with %s of them", (shards) => {
    expect(shardOf("isolate-1", shards)).toBeNull();
  });

  it("is always the same, and each gets about as many reporters", () => {
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 8_000; i++) {
      const shard = shardOf(`isolate-${i}`, 8)!;
      expect(shardOf(`isolate-${i}`, 8)).toBe(shard);
      counts[shard]! += 1;
    }
    // Binomial with mean 1,000 and deviation 30: five deviations.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
