import { describe, expect, it } from "vitest";
import { monitorName, parseMonitorName } from "../../../../src/core/monitor/monitor-name.ts";

describe("an object's name", () => {
  it.each([
    ["shop/weur", { service: "shop", scope: "weur" }],
    ["shop/root", { service: "shop", scope: "root" }],
    ["team/shop/apac-ne", { service: "team/shop", scope: "apac-ne" }],
    ["root/root", { service: "root", scope: "root" }],
  ] as const)("%s has its parts", (name, parts) => {
    expect(parseMonitorName(name)).toEqual(parts);
    expect(monitorName(parts.service, parts.scope)).toBe(name);
  });

  it.each([undefined, "", "/", "shop", "shop/", "/weur", "shop/moon", "shop/WEUR", "weur"])("%s is none", (name) => {
    expect(parseMonitorName(name)).toBeNull();
  });
});
