import { describe, expect, it } from "vitest";
import { nearestHint } from "../../../../src/config/compile/cloud-regions.ts";
import { REGIONS } from "../../../../src/core/region.ts";

describe("nearestHint", () => {
  it.each([
    ["us-east-1", "enam"],
    ["us-west-2", "wnam"],
    ["eu-central-1", "weur"],
    ["europe-west1", "weur"],
    ["us-central1", "enam"],
    ["asia-northeast1", "apac-ne"],
    ["ap-southeast-1", "apac-se"],
    ["ap-southeast-2", "oc"],
    ["southeastasia", "apac-se"],
    ["westeurope", "weur"],
    ["brazilsouth", "sam"],
    ["southafricanorth", "afr"],
    ["me-central-1", "me"],
    ["polandcentral", "eeur"],
    ["ap-south-1", "apac"],
    ["fra1", "weur"],
    ["fra", "weur"],
  ])("knows %s", (region, hint) => {
    expect(nearestHint(region)).toBe(hint);
  });

  it.each([
    ["as Azure displays it", "East US", "enam"],
    ["with a zone of AWS", "us-east-1a", "enam"],
    ["with a zone of Google", "europe-west1-b", "weur"],
  ])("knows a region %s", (_, region, hint) => {
    expect(nearestHint(region)).toBe(hint);
  });

  it.each(REGIONS)("takes the hint %s for itself", (hint) => {
    expect(nearestHint(hint)).toBe(hint);
  });

  it.each(["", "mars-north-1", "constructor", " "])("does not know %j", (region) => {
    expect(nearestHint(region)).toBeNull();
  });
});
