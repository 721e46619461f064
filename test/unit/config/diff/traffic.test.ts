import { describe, expect, it } from "vitest";
import { changeOf } from "../../../../src/config/diff/change.ts";
import type { Change } from "../../../../src/config/diff/mesh-diff.ts";
import { withTraffic } from "../../../../src/config/diff/traffic.ts";

const shares = { services: { shop: 0.6, blog: 0.3 }, routes: { front: 0.5, back: 0.1 } };
const diffOf = (...changes: Change[]) => ({ from: "a", to: "b", changes });
const service = (name: string, kind: Change["kind"] = "changed") =>
  changeOf({ kind, what: "service", name, path: `services.${name}`, services: [name], routes: ["front", "back"] });
const route = (name: string, kind: Change["kind"] = "changed") =>
  changeOf({ kind, what: "route", name, path: `routes.${name}`, services: ["shop"], routes: [name] });
const edge = changeOf({ kind: "changed", what: "edge", name: "", path: "edge", all: true });

describe("the traffic that a change touches", () => {
  it.each([
    ["a service: what it gets", service("shop"), 0.6],
    ["a service that gets nothing", service("new", "added"), 0],
    ["a route: what it gets", route("back"), 0.1],
    ["a new route: nobody knows", route("new", "added"), null],
    ["the edge: all", edge, 1],
  ])("is, of %s", (_, change, share) => {
    expect(withTraffic(diffOf(change), shares).changes[0]!.trafficShare).toBe(share);
  });

  it("is at most what its services get where routes are not known", () => {
    const { services } = shares;
    expect(withTraffic(diffOf(route("back")), { services }).changes[0]!.trafficShare).toBe(0.6);
  });

  it("counts each service once in the sum", () => {
    const endpoint = changeOf({
      ...{ kind: "changed", what: "endpoint", name: "shop/aws", path: "services.shop.endpoints.aws" },
      services: ["shop"],
    });
    expect(withTraffic(diffOf(service("shop"), endpoint), shares).trafficShare).toBe(0.6);
    expect(withTraffic(diffOf(service("shop"), service("blog")), shares).trafficShare).toBeCloseTo(0.9);
    expect(withTraffic(diffOf(service("shop"), edge), shares).trafficShare).toBe(1);
    expect(withTraffic(diffOf(service("shop"), route("new", "added")), shares).trafficShare).toBeNull();
  });
});
