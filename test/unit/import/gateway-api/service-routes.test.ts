import { describe, expect, it } from "vitest";
import { decodeConfig } from "../../../../src/config/decode.ts";
import { importGatewayApi } from "../../../../src/import/gateway-api/import-gateway-api.ts";
import { conditionsOf, type Imported, type Manifest, reasons, route, service } from "./manifests.ts";

function importedServices(...manifests: readonly Manifest[]): Imported {
  const documents = manifests.map((value) => ({ file: "shop.yaml", value }));
  const endpointTemplate = "https://{service}-{port}.{namespace}.example.com";
  return importGatewayApi(documents, { gateway: null, services: true, endpoints: [], endpointTemplate }) as Imported;
}

const toService = (name: string, ref: object = {}) => ({ parentRefs: [{ group: "", kind: "Service", name, ...ref }] });
const backend = (name: string) => ({ rules: [{ backendRefs: [{ name, port: 80 }] }] });
const twoPorts = (name: string): Manifest => ({
  ...service(name),
  spec: {
    ports: [
      { name: "a", port: 80 },
      { name: "b", port: 8080 },
    ],
  },
});

describe("importServiceRoutes", () => {
  it("lets a Service without routes answer at its names and ports", () => {
    const { config } = importedServices(service("cart"));
    expect(config.listeners).toEqual([{ name: "port-80", port: 80 }]);
    expect(config.routes).toEqual([
      {
        name: "shop/cart:80",
        hostnames: ["cart", "cart.shop", "cart.shop.svc", "cart.shop.svc.cluster.local"],
        listeners: ["port-80"],
        rules: [{ backendRefs: [{ service: "cart.shop.80" }] }],
      },
    ]);
    expect(decodeConfig(config)).toMatchObject({ ok: true });
  });

  it("has no short name that two namespaces share", () => {
    const { config } = importedServices(service("cart"), service("cart", {}, { namespace: "blog" }));
    expect(config.routes.map(({ hostnames }) => hostnames![0])).toEqual(["cart.blog", "cart.shop"]);
  });

  it("lets routes answer alone at the ports that they are for", () => {
    const own = route("v2", { ...toService("cart", { port: 8080 }), ...backend("cart-v2") });
    const { config } = importedServices(twoPorts("cart"), service("cart-v2"), own);
    expect(
      config.routes
        .filter(({ name }) => name.includes("cart:") || name.includes("cart."))
        .map(({ name, listeners }) => `${name} ${listeners}`),
    ).toEqual(["shop/cart:80 port-80", "shop/v2/cart.shop:8080 port-8080"]);
    const every = importedServices(twoPorts("cart"), route("all", { ...toService("cart"), ...backend("cart") }));
    expect(every.config.routes.map(({ name, listeners }) => `${name} ${listeners}`)).toEqual([
      "shop/all/cart.shop:80 port-80,port-8080",
    ]);
  });

  it("ignores hostnames, which mean nothing at a Service", () => {
    const { config } = importedServices(
      service("cart"),
      route("a", { ...toService("cart"), hostnames: ["elsewhere.example"], ...backend("cart") }),
    );
    expect(config.routes[0]!.hostnames).not.toContain("elsewhere.example");
  });

  it("leaves out routes for callers of one namespace, and those of no Service", () => {
    const consumer = route(
      "mine",
      { ...toService("cart", { namespace: "shop" }), ...backend("cart") },
      { namespace: "blog" },
    );
    const lost = route("lost", { ...toService("gone"), ...backend("cart") });
    const result = importedServices(service("cart"), consumer, lost);
    expect(result.config.routes.map(({ name }) => name)).toEqual(["shop/cart:80"]);
    expect(reasons(result)).toEqual([
      "dropped HTTPRoute blog/mine spec.parentRefs[0]: ConsumerRoute",
      "dropped HTTPRoute shop/lost spec.parentRefs[0]: NoMatchingParent",
    ]);
    expect(conditionsOf(result.statuses, "shop/lost")).toEqual(["Accepted=False/NoMatchingParent"]);
  });
});
