import { describe, expect, it } from "vitest";
import { isBrokenRolloutRef, isBrokenRollouts } from "../../../../durable-objects/mesh-config/broken-rollouts.ts";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";

const endpoints = [{ id: "a", url: "http://a" }];
const decoded = decodeConfig({
  services: { old: { endpoints }, new: { endpoints } },
  rollouts: { one: { stable: { service: "old" }, canary: { service: "new" }, steps: [{ weight: 5, bake: "1m" }] } },
  routes: [{ rules: [{ backendRefs: [{ rollout: "one" }] }] }],
});
if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
const mesh = await compileMesh(decoded.config, { nowMs: 0 });
const plan = mesh.rollouts![0]!;
const ref = mesh.routes[0]!.rules[0]!.backendRefs[0]!.rollout!;

describe("rollouts of a mesh", () => {
  it("are whole as they are compiled, and when there are none", () => {
    expect(isBrokenRollouts(mesh.rollouts, mesh.services)).toBe(false);
    expect(isBrokenRollouts(undefined, mesh.services)).toBe(false);
  });

  it.each([
    ["no list", {}],
    ["a list of nothing", [null]],
    ["nameless", [{ ...plan, name: 7 }]],
    ["to a service that is not there", [{ ...plan, canary: 2 }]],
    ["without steps", [{ ...plan, steps: [] }]],
    ["of more than all", [{ ...plan, steps: [{ percent: 101, bakeMs: 1 }] }]],
    ["without a bake time", [{ ...plan, steps: [{ percent: 10 }] }]],
    ["with a limit that is none", [{ ...plan, analysis: { ...plan.analysis, alpha: "1" } }]],
    ["without limits", [{ ...plan, analysis: null }]],
    ["without a word on who may choose", [{ ...plan, force: undefined }]],
  ])("are broken when they are %s", (_, value) => {
    expect(isBrokenRollouts(value, mesh.services)).toBe(true);
  });
});

describe("a reference to a rollout", () => {
  it("is whole as it is compiled", () => {
    expect(isBrokenRolloutRef(ref, mesh)).toBe(false);
  });

  it.each([
    ["nothing", null],
    ["a rollout that is not there", { ...ref, index: 1 }],
    ["a service that is not there", { ...ref, canary: { ...ref.canary, service: 9 } }],
    ["a policy that is not there", { ...ref, canary: { ...ref.canary, policy: -1 } }],
  ])("is broken when it leads to %s", (_, value) => {
    expect(isBrokenRolloutRef(value, mesh)).toBe(true);
    const { rollouts, ...without } = mesh;
    expect(isBrokenRolloutRef(ref, without)).toBe(true);
  });
});
