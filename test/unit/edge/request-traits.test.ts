import { describe, expect, it } from "vitest";
import type { HeaderModifier, Service } from "../../../src/core/mesh.ts";
import { requestClassOf } from "../../../src/edge/request-traits.ts";
import { serviceWith } from "../core/service-state/fixture.ts";

function classed(trust: "mesh" | "callers"): Service {
  const requestClass = { header: "x-class", classes: ["gold", "bulk"], defaultClass: "bulk" };
  const trusted = trust === "mesh" ? { ...requestClass, trust } : requestClass;
  return serviceWith({ limits: { ...serviceWith().limits, requestClass: trusted } });
}

const setting = (value: string): HeaderModifier => ({ set: [["x-class", value]], add: [], remove: [] });
const claim = new Headers({ "x-class": "gold" });

describe("requestClassOf", () => {
  it("does not believe callers unless they are trusted", () => {
    expect(requestClassOf(classed("mesh"), claim, null)).toBe("bulk");
    expect(requestClassOf(classed("callers"), claim, null)).toBe("gold");
  });

  it("believes the last word of the mesh, over what callers say", () => {
    expect(requestClassOf(classed("mesh"), new Headers(), [setting("gold")])).toBe("gold");
    expect(requestClassOf(classed("mesh"), claim, [setting("gold"), setting("bulk")])).toBe("bulk");
    expect(requestClassOf(classed("callers"), claim, [setting("bulk")])).toBe("bulk");
  });

  it("takes a class that there is none of for the default one", () => {
    expect(requestClassOf(classed("mesh"), claim, [setting("platinum")])).toBe("bulk");
  });

  it("has no class where the service has one only", () => {
    expect(requestClassOf(serviceWith(), claim, [setting("gold")])).toBe("");
  });
});
