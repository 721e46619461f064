import { describe, expect, it } from "vitest";
import type { Override, OverrideAction, OverrideTarget } from "../../../../src/core/monitor/override.ts";
import { indexOverrides, nextEndMs, wordOn } from "../../../../src/core/monitor/override-index.ts";
import { endpointOf } from "../../../fixtures/meshes.ts";

const endpoint = endpointOf("a", "http://a.invalid", { locality: { cloud: "aws", region: "eu", zone: "" } });
const CLOUD = { cloud: "aws" };
const REGION = { cloud: "aws", region: "eu" };
const ENDPOINT = { endpoint: "a" };

function said(target: OverrideTarget, action: OverrideAction, percent = 100, untilMs = 1_000): Override {
  return { id: `${action}`, target, action, percent, atMs: 0, untilMs, by: "", reason: "" };
}

const word = (overrides: readonly Override[], nowMs = 0) => {
  const { health, percent } = wordOn([indexOverrides({ revision: 1, overrides })], endpoint, nowMs);
  return [health, percent];
};

describe("the word in force on an endpoint", () => {
  it.each([
    ["nothing was said", [], null, 100],
    ["a cloud is drained", [said(CLOUD, "drain")], 4, 100],
    ["another cloud is drained", [said({ cloud: "gcp" }, "drain")], null, 100],
    ["a region is forced in a drained cloud", [said(REGION, "force-healthy"), said(CLOUD, "drain")], 1, 100],
    ["an endpoint is drained in a disabled region", [said(ENDPOINT, "drain"), said(REGION, "disable")], 4, 100],
    [
      "the most specific weight counts, they do not multiply",
      [said(CLOUD, "weight", 10), said(ENDPOINT, "weight", 300)],
      null,
      300,
    ],
    ["a weight and a drain stand side by side", [said(CLOUD, "weight", 50), said(REGION, "drain")], 4, 50],
    ["a weight of 0 is a drain", [said(CLOUD, "weight", 0)], 4, 100],
    ["a weight of 0 leaves a disabled endpoint disabled", [said(CLOUD, "weight", 0), said(CLOUD, "disable")], 5, 100],
    [
      "a weight of 0 drains what is forced healthy",
      [said(CLOUD, "weight", 0), said(ENDPOINT, "force-healthy")],
      4,
      100,
    ],
    ["the later of two on one target counts", [said(CLOUD, "drain"), said(CLOUD, "disable")], 5, 100],
    ["another region of that name", [said({ cloud: "awse", region: "u" }, "drain")], null, 100],
  ] as const)("%s", (_, overrides, health, percent) => {
    expect(word(overrides)).toEqual([health, percent]);
  });

  it("falls back to the less specific one when a word ends", () => {
    const overrides = [said(ENDPOINT, "force-healthy", 100, 500), said(CLOUD, "drain", 100, 800)];
    expect([0, 500, 800].map((nowMs) => word(overrides, nowMs)[0])).toEqual([1, 4, null]);
    const set = { revision: 1, overrides };
    expect([0, 500, 800].map((nowMs) => nextEndMs(set, nowMs))).toEqual([500, 800, Number.POSITIVE_INFINITY]);
  });

  it("is a region's own before the root's, each kind for itself", () => {
    const own = indexOverrides({ revision: 1, overrides: [said(CLOUD, "disable")] });
    const root = indexOverrides({ revision: 1, overrides: [said(ENDPOINT, "drain"), said(ENDPOINT, "weight", 20)] });
    expect(wordOn([own, root], endpoint, 0)).toMatchObject({ health: 5, percent: 20 });
  });
});
