import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkMesh } from "../../../../durable-objects/mesh-config/check-mesh.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

const mesh = meshOf([serviceOf("shop", [endpointOf("a", "http://a.invalid")])]);

describe("the check of a mesh", () => {
  it("gives a mesh back as it is", () => {
    expect(checkMesh(mesh)).toEqual({ ok: true, mesh });
  });

  it.each([
    ["to a service that is not there", { service: 7, policy: 0, weight: 1 }],
    ["by a policy that is not there", { service: 0, policy: -1, weight: 1 }],
    ["nowhere", null],
  ])("finds a route that leads %s", (_, ref) => {
    const rule = { name: "r", matches: [], backendRefs: [ref] };
    const routes = [{ name: "r", hostnames: ["*"], listeners: [0], rules: [rule] }];
    expect(checkMesh({ ...mesh, routes })).toMatchObject({ ok: false, error: "invalid_mesh" });
  });

  const rule = (match: unknown) => ({
    name: "r",
    matches: [match],
    filters: null,
    splitOn: [],
    sessionPersistence: null,
    backendRefs: [{ service: -1, policy: -1, weight: 1, filters: null }],
  });
  const routed = (match: unknown, listeners = [0]) => ({
    ...mesh,
    routes: [{ name: "r", hostnames: ["*"], listeners, rules: [rule(match)] }],
  });
  const everything = { path: { type: "PathPrefix", value: "/" }, headers: [], queryParams: [] };
  const automaton = { bounds: [65_535], classOf: [0], classes: 1, next: [0, 1], accepts: [0, 1] };

  it("takes backends that refer to nothing, and regular expressions whose tables are there", () => {
    const path = { type: "RegularExpression", value: ".*", prefix: "", automaton: 0 };
    expect(checkMesh(routed(everything))).toMatchObject({ ok: true });
    expect(checkMesh({ ...routed({ ...everything, path }), automata: [automaton] })).toMatchObject({ ok: true });
    expect(checkMesh(routed({ ...everything, path }))).toMatchObject({
      ok: false,
      detail: expect.stringContaining("match"),
    });
  });

  it.each([
    ["a listener that is not there", routed(everything, [1])],
    ["no listener", { ...mesh, listeners: [] }],
    ["an unknown precedence", { ...mesh, precedence: "age" }],
    ["a table that leads out of itself", { ...mesh, automata: [{ ...automaton, next: [0, 2] }] }],
    ["a table that does not know every character", { ...mesh, automata: [{ ...automaton, bounds: [255] }] }],
    ["a header match without a name", routed({ ...everything, headers: [{ match: { type: "Present" } }] })],
  ])("finds %s", (_, broken) => {
    expect(checkMesh(broken)).toMatchObject({ ok: false, error: "invalid_mesh" });
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(mesh)), (value, key) => {
        expect(typeof checkMesh(value).ok).toBe("boolean");
        expect(typeof checkMesh({ ...mesh, [key]: value }).ok).toBe("boolean");
      }),
    );
  });
});
