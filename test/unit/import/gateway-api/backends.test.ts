import { describe, expect, it } from "vitest";
import { gateway, grant, imported, type Manifest, reasons, route, service, TO_CART } from "./manifests.ts";

const to = (ref: object) => route("cart", { rules: [{ backendRefs: [{ name: "cart", port: 80, ...ref }] }] });
const refOf = (manifests: readonly Manifest[], endpoints: readonly string[] = [], template: string | null = null) =>
  (
    imported([gateway(), ...manifests], endpoints, template).config.routes[0]!.rules[0]!.backendRefs as Record<
      string,
      unknown
    >[]
  )[0]!;

describe("Backends", () => {
  it.each([
    ["a Service that is not there", [to({ name: "gone" }), service("cart")], /^BackendNotFound/],
    ["a port that the Service does not have", [to({ port: 81 }), service("cart")], /^BackendNotFound/],
    ["another kind", [to({ group: "example.com", kind: "Bucket" }), service("cart")], /^InvalidKind/],
    [
      "another namespace without a grant",
      [to({ namespace: "pay" }), service("cart", {}, { namespace: "pay" })],
      /^RefNotPermitted/,
    ],
    ["another namespace, and nothing there", [to({ namespace: "pay" }), service("cart")], /^RefNotPermitted/],
    ["HTTP/2 without TLS", [to({}), service("cart", { appProtocol: "kubernetes.io/h2c" })], /^UnsupportedProtocol/],
    ["a datagram port", [to({}), service("cart", { protocol: "UDP" })], /^UnsupportedProtocol/],
  ])("gives the share of %s to 500", (_, manifests, reason) => {
    const plain = ["shop/other=http://other.example.com", "shop/cart=http://cart.example.com"];
    expect(refOf(manifests, plain).invalid).toMatch(reason);
  });

  it("takes HTTP/2 from an endpoint with TLS", () => {
    const h2c = service("cart", { appProtocol: "kubernetes.io/h2c" });
    expect(refOf([to({}), h2c], ["shop/cart=https://cart.example.com"])).toEqual({ service: "cart.shop.80" });
  });

  it.each([
    ["all Services", { from: {}, to: {} }, true],
    ["this Service", { from: {}, to: { name: "cart" } }, true],
    ["another Service", { from: {}, to: { name: "pay" } }, false],
    ["another namespace's routes", { from: { namespace: "blog" }, to: {} }, false],
    ["other routes", { from: { kind: "GRPCRoute" }, to: {} }, false],
    ["other kinds", { from: {}, to: { kind: "Secret" } }, false],
  ])("goes by ReferenceGrants: one for %s", (_, terms, isPermitted) => {
    const manifests = [
      to({ namespace: "pay" }),
      service("cart", {}, { namespace: "pay" }),
      grant(terms.from, terms.to, "pay"),
    ];
    expect("service" in refOf(manifests)).toBe(isPermitted);
  });

  it("counts a grant in the namespace of the Service only", () => {
    expect(
      refOf([to({ namespace: "pay" }), service("cart", {}, { namespace: "pay" }), grant({}, {}, "shop")]),
    ).toHaveProperty("invalid");
  });

  it("reaches an unlisted Service that is mapped, or that a template names when no Services are given", () => {
    expect(refOf([to({})], ["shop/cart=https://cart.example.com"])).toEqual({ service: "cart.shop.80" });
    expect(refOf([to({})], [], "https://{service}.example.com")).toEqual({ service: "cart.shop.80" });
    expect(refOf([to({}), service("other")], [], "https://{service}.example.com")).toHaveProperty("invalid");
  });

  it("keeps a Service that nothing leads to, and says so", () => {
    const result = imported([gateway(), route("cart", TO_CART), service("cart")]);
    expect(result.config.services["cart.shop.80"]).toEqual({ endpoints: [] });
    expect(reasons(result)).toEqual(["dropped Service shop/cart : NoEndpoints"]);
  });

  it("has one service for each port of a Service", () => {
    const both = route("cart", {
      rules: [
        {
          backendRefs: [
            { name: "cart", port: 80 },
            { name: "cart", port: 81 },
          ],
        },
      ],
    });
    const ports = {
      ...service("cart"),
      spec: {
        ports: [
          { port: 80, name: "a" },
          { port: 81, name: "b" },
        ],
      },
    };
    const { config } = imported(
      [gateway(), both, ports],
      ["shop/cart:81=https://b.example.com", "shop/cart=https://a.example.com"],
    );
    expect(Object.entries(config.services).map(([name, { endpoints }]) => [name, endpoints[0]!.url])).toEqual([
      ["cart.shop.80", "https://a.example.com"],
      ["cart.shop.81", "https://b.example.com"],
    ]);
  });
});
