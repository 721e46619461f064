import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkCommand,
  checkOverride,
  checkOverrideSet,
  isMatch,
  type Override,
  toldHealth,
} from "../../../../src/core/monitor/override.ts";
import { endpointOf } from "../../../fixtures/meshes.ts";

const drain: Override = {
  id: "one",
  target: { endpoint: "a" },
  action: "drain",
  percent: 100,
  atMs: 5_000,
  untilMs: 6_000,
  by: "ops",
  reason: "maintenance",
};

describe("a command", () => {
  it.each([
    ["nothing", null],
    ["no target", { action: "drain" }],
    ["an action that does not exist", { endpoint: "a", action: "reboot" }],
    ["a time that never ends", { endpoint: "a", action: "drain", forMs: Number.POSITIVE_INFINITY }],
    ["a negative time", { endpoint: "a", action: "drain", forMs: -1 }],
    ["a name too long", { endpoint: "a", action: "drain", by: "x".repeat(257) }],
    ["a reason that is no text", { endpoint: "a", action: "drain", reason: 7 }],
    ["a weight without percent", { endpoint: "a", action: "weight" }],
    ["more than ten times the weight", { endpoint: "a", action: "weight", percent: 1_001 }],
    ["a percent that is no number", { endpoint: "a", action: "weight", percent: Number.NaN }],
    ["a percent for a drain", { endpoint: "a", action: "drain", percent: 50 }],
    ["a region without its cloud", { target: { region: "eu-west-1" }, action: "drain" }],
    ["an endpoint and a cloud", { target: { endpoint: "a", cloud: "aws" }, action: "drain" }],
    ["a force that is no boolean", { endpoint: "a", action: "drain", force: "yes" }],
  ])("is refused with %s", (_, value) => {
    expect(checkCommand(value).ok).toBe(false);
  });

  it("has everything in its place once it is checked, and nothing that is not known", () => {
    const value = {
      target: { cloud: "aws", region: "eu", zone: "a" },
      action: "weight",
      percent: 0,
      forMs: 5,
      mood: 1,
    };
    expect(checkCommand(value)).toEqual({
      ok: true,
      command: {
        action: "weight",
        target: { cloud: "aws", region: "eu" },
        id: null,
        percent: 0,
        forMs: 5,
        by: "",
        reason: "",
        force: false,
      },
    });
    expect(checkCommand({ action: "clear", id: "one" })).toMatchObject({
      ok: true,
      command: { id: "one", target: null },
    });
  });

  it("never throws, whatever is sent", () => {
    const command = fc.record({
      action: fc.constantFrom("drain", "weight", "clear"),
      target: fc.anything(),
      percent: fc.anything(),
      id: fc.anything(),
    });
    fc.assert(fc.property(fc.oneof(fc.anything(), command), (value) => typeof checkCommand(value).ok === "boolean"));
  });
});

describe("an override", () => {
  it.each([
    ["drain", 100, 4],
    ["disable", 100, 5],
    ["force-healthy", 100, 1],
    ["force-unhealthy", 100, 2],
    ["weight", 0, 4],
    ["weight", 50, null],
  ] as const)("%s at %i %% means health %s", (action, percent, health) => {
    expect(toldHealth({ ...drain, action, percent })).toBe(health);
  });

  it.each([
    [{ endpoint: "a" }, ["a"]],
    [{ cloud: "aws" }, ["a", "b"]],
    [{ cloud: "aws", region: "eu" }, ["a"]],
    [{ cloud: "aws", region: "" }, []],
  ])("with the target %j includes %j", (target, included) => {
    const endpoints = [
      endpointOf("a", "http://a.invalid", { locality: { cloud: "aws", region: "eu", zone: "" } }),
      endpointOf("b", "http://b.invalid", { locality: { cloud: "aws", region: "us", zone: "" } }),
      endpointOf("c", "http://c.invalid", { locality: { cloud: "gcp", region: "eu", zone: "" } }),
    ];
    expect(endpoints.filter((endpoint) => isMatch(target, endpoint)).map(({ id }) => id)).toEqual(included);
  });

  it("comes back from JSON, one without an end too", () => {
    for (const override of [drain, { ...drain, untilMs: Number.POSITIVE_INFINITY }]) {
      expect(checkOverride(JSON.parse(JSON.stringify(override)))).toEqual(override);
    }
  });

  it("is left out of a set when it is none, and a set that is none is refused", () => {
    expect(checkOverrideSet({ revision: 1, overrides: [drain, { ...drain, target: {} }, 7] })).toEqual({
      revision: 1,
      overrides: [drain],
    });
    for (const value of [null, [], { revision: -1, overrides: [] }, { revision: 1 }]) {
      expect(checkOverrideSet(value)).toBeNull();
    }
    expect(checkOverrideSet({ revision: 1, overrides: Array(257).fill(drain) })).toBeNull();
  });
});
