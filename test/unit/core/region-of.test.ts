import { describe, expect, it } from "vitest";
import { isRegion } from "../../../src/core/region.ts";
import { DEFAULT_REGION, regionOf } from "../../../src/core/region-of.ts";

describe("the region of a request", () => {
  it.each([
    ["the data centre decides over the caller", { colo: "FRA", continent: "AS", country: "JP" }, "weur"],
    ["San Jose", { colo: "SJC", continent: "NA" }, "wnam"],
    ["Ashburn", { colo: "IAD" }, "enam"],
    ["Warsaw", { colo: "WAW" }, "eeur"],
    ["Tokyo", { colo: "NRT" }, "apac-ne"],
    ["Singapore", { colo: "SIN" }, "apac-se"],
    ["Mumbai", { colo: "BOM" }, "apac"],
    ["Dubai", { colo: "DXB" }, "me"],
    ["an unknown data centre: the continent", { colo: "QQQ", continent: "AF" }, "afr"],
    ["North America by longitude, west", { continent: "NA", country: "US", longitude: "-122.4" }, "wnam"],
    ["North America by longitude, east", { continent: "NA", country: "US", longitude: -77 }, "enam"],
    ["North America without longitude", { continent: "NA", country: "US" }, "enam"],
    ["Europe, west", { continent: "EU", country: "FR" }, "weur"],
    ["Europe, east", { continent: "EU", country: "PL" }, "eeur"],
    ["Asia, Japan", { continent: "AS", country: "JP" }, "apac-ne"],
    ["Asia, Vietnam", { continent: "AS", country: "VN" }, "apac-se"],
    ["Asia, India", { continent: "AS", country: "IN" }, "apac"],
    ["Asia, Saudi Arabia", { continent: "AS", country: "SA" }, "me"],
    ["South America", { continent: "SA", country: "BR" }, "sam"],
    ["Oceania", { continent: "OC", country: "NZ" }, "oc"],
    ["Antarctica", { continent: "AN" }, "oc"],
    ["Tor", { country: "T1" }, DEFAULT_REGION],
    ["nothing", {}, DEFAULT_REGION],
    ["no location at all", undefined, DEFAULT_REGION],
    ["nonsense", { colo: "constructor", continent: "XX", longitude: "x" }, DEFAULT_REGION],
  ])("%s", (_, location, expected) => {
    expect(regionOf(location)).toBe(expected);
    expect(isRegion(regionOf(location))).toBe(true);
  });
});
