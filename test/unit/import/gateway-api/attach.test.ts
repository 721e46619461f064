import { describe, expect, it } from "vitest";
import { conditionsOf, gateway, http, imported, listenerSet, namespace, route, service, TO_CART } from "./manifests.ts";

const listenersOf = (...manifests: Parameters<typeof imported>[0]) =>
  imported([service("cart"), ...manifests]).config.routes.map(
    ({ name, listeners }) => `${name}: ${listeners.join(" ")}`,
  );

describe("attachments", () => {
  const two = [http, { ...http, name: "alt", port: 8080 }];

  it.each([
    ["every listener", {}, ["shop/a: http alt"]],
    ["a section", { sectionName: "alt" }, ["shop/a: alt"]],
    ["a port", { port: 80 }, ["shop/a: http"]],
    ["a section with another port", { sectionName: "alt", port: 80 }, []],
    ["a section that is not there", { sectionName: "tls" }, []],
  ])("attach to %s", (_, ref, expected) => {
    const own = route("a", { parentRefs: [{ name: "edge", ...ref }], ...TO_CART });
    expect(listenersOf(gateway(two), own)).toEqual(expected);
  });

  it("give the standard's reason where they are refused", () => {
    const { statuses } = imported([
      gateway([{ ...http, hostname: "shop.example" }]),
      route("section", { parentRefs: [{ name: "edge", sectionName: "tls" }], ...TO_CART }),
      route("host", { hostnames: ["other.example"], ...TO_CART }),
      route("elsewhere", TO_CART, { namespace: "pay" }),
    ]);
    expect(conditionsOf(statuses, "shop/section")[0]).toBe("Accepted=False/NoMatchingParent");
    expect(conditionsOf(statuses, "shop/host")[0]).toBe("Accepted=False/NoMatchingListenerHostname");
    expect(conditionsOf(statuses, "pay/elsewhere")[0]).toBe("Accepted=False/NotAllowedByListeners");
  });

  it.each([
    ["All", { from: "All" }, true],
    ["Same", { from: "Same" }, false],
    ["None", { from: "None" }, false],
    ["a selector that fits", { from: "Selector", selector: { matchLabels: { team: "pay" } } }, true],
    ["a selector that does not", { from: "Selector", selector: { matchLabels: { team: "cart" } } }, false],
    [
      "an expression",
      { from: "Selector", selector: { matchExpressions: [{ key: "team", operator: "In", values: ["pay", "x"] }] } },
      true,
    ],
    [
      "an expression that excludes",
      {
        from: "Selector",
        selector: {
          matchExpressions: [
            { key: "team", operator: "Exists" },
            { key: "team", operator: "NotIn", values: ["pay"] },
          ],
        },
      },
      false,
    ],
    [
      "the label of the name",
      { from: "Selector", selector: { matchLabels: { "kubernetes.io/metadata.name": "pay" } } },
      true,
    ],
    ["no selector", { from: "Selector" }, false],
  ])("from another namespace go by %s", (_, namespaces, isAllowed) => {
    const own = gateway([{ ...http, allowedRoutes: { namespaces } }]);
    const { config } = imported([own, namespace("pay", { team: "pay" }), route("a", TO_CART, { namespace: "pay" })]);
    expect(config.routes).toHaveLength(isAllowed ? 1 : 0);
  });

  it("keep only the hosts that some listener takes", () => {
    const own = route("a", { hostnames: ["a.shop.example", "other.example", "*.b.shop.example"], ...TO_CART });
    const { config } = imported([gateway([{ ...http, hostname: "*.shop.example" }]), own]);
    expect(config.routes[0]!.hostnames).toEqual(["a.shop.example", "*.b.shop.example"]);
  });

  it("reach a ListenerSet's listeners through it, and through the Gateway none of them", () => {
    const own = gateway([{ ...http, hostname: "a.example" }], { allowedListeners: { namespaces: { from: "All" } } });
    const set = listenerSet("more", [{ ...http, hostname: "b.example" }]);
    const through = route("through", { parentRefs: [{ kind: "ListenerSet", name: "more" }], ...TO_CART });
    expect(listenersOf(own, set, through, route("around", TO_CART))).toEqual([
      "shop/around: http",
      "shop/through: shop/more/http",
    ]);
  });

  it("that are refused need no services", () => {
    const { config, findings } = imported([
      gateway(),
      service("cart"),
      route("a", { parentRefs: [{ name: "edge", port: 81 }], ...TO_CART }),
    ]);
    expect(config.services).toEqual({});
    expect(findings.map(({ reason }) => reason)).toEqual(["NoMatchingParent"]);
  });

  it("to another Gateway are no concern of this one", () => {
    const { config, findings } = imported([gateway(), route("a", { parentRefs: [{ name: "other" }], ...TO_CART })]);
    expect(config.routes).toEqual([]);
    expect(findings).toEqual([]);
  });
});
