import { expect, it } from "vitest";
import { subsetOf } from "../../../../src/discovery/registry/subset.ts";
import { endpointOf } from "../../../fixtures/meshes.ts";

const blue = endpointOf("b", "https://b.example", { labels: { colour: "blue", v: "1" } });
const green = endpointOf("g", "https://g.example", { labels: { colour: "green" } });
const set = { revision: 2, endpoints: [blue, green], draining: ["b", "g"] };

it("a subset has the endpoints with all of its labels, and those of them that drain", () => {
  expect(subsetOf(set, { colour: "blue", v: "1" }, null)).toEqual({ revision: 2, endpoints: [blue], draining: ["b"] });
});

it("a subset that loses its last endpoint keeps it, draining", () => {
  const before = { revision: 1, endpoints: [blue] };
  const without = { revision: 2, endpoints: [green] };
  expect(subsetOf(without, { colour: "blue" }, before)).toEqual({ revision: 2, endpoints: [blue], draining: ["b"] });
  expect(subsetOf(without, { colour: "blue" }, null)).toBeNull();
});
