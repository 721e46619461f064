import { describe, expect, it } from "vitest";
import { gateway, imported, type Manifest, reasons, route, service, TO_CART } from "./manifests.ts";

function slice(
  name: string,
  addressType: string,
  endpoints: readonly unknown[],
  ports: readonly unknown[] = [{ name: "web", port: 3000 }],
): Manifest {
  const metadata = { name, namespace: "shop", labels: { "kubernetes.io/service-name": "cart" } };
  return { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, addressType, endpoints, ports };
}

const endpointsOf = (...manifests: readonly Manifest[]) =>
  imported([gateway(), route("cart", TO_CART), ...manifests]).config.services["cart.shop.80"]!.endpoints;
const web = service("cart", { name: "web" });

describe("sliceEndpoints", () => {
  it("lists what is ready, with its zone, in the order of the slices' names", () => {
    const found = endpointsOf(
      web,
      slice("cart-b", "IPv4", [{ addresses: ["192.0.2.9"] }]),
      slice("cart-a", "IPv4", [
        {
          addresses: ["192.0.2.1"],
          conditions: { ready: true },
          zone: "eu-west-1a",
          targetRef: { kind: "Pod", name: "cart-0" },
        },
        { addresses: ["192.0.2.2"], conditions: { ready: false } },
      ]),
    );
    expect(found).toEqual([
      { id: "cart-0", url: "http://192.0.2.1:3000", locality: { zone: "eu-west-1a" } },
      { id: "192.0.2.9-3000", url: "http://192.0.2.9:3000" },
    ]);
  });

  it("writes IPv6 in brackets and names as they are", () => {
    expect(endpointsOf(web, slice("six", "IPv6", [{ addresses: ["2001:db8::1"] }]))).toEqual([
      { id: "2001-db8-1-3000", url: "http://[2001:db8::1]:3000" },
    ]);
    expect(endpointsOf(web, slice("name", "FQDN", [{ addresses: ["cart.example.com"] }]))[0]!.url).toBe(
      "http://cart.example.com:3000",
    );
  });

  it("finds the port by its name", () => {
    const ports = [
      { name: "admin", port: 9000 },
      { name: "web", port: 3000 },
    ];
    expect(endpointsOf(web, slice("a", "IPv4", [{ addresses: ["192.0.2.1"] }], ports))[0]!.url).toBe(
      "http://192.0.2.1:3000",
    );
    expect(endpointsOf(service("cart"), slice("a", "IPv4", [{ addresses: ["192.0.2.1"] }], ports))).toEqual([]);
  });

  it.each([
    ["https", "https://192.0.2.1:3000"],
    ["HTTPS", "https://192.0.2.1:3000"],
    ["kubernetes.io/wss", "https://192.0.2.1:3000"],
    ["kubernetes.io/ws", "http://192.0.2.1:3000"],
  ])("speaks as appProtocol %s says", (appProtocol, url) => {
    const own = service("cart", { name: "web", appProtocol });
    expect(endpointsOf(own, slice("a", "IPv4", [{ addresses: ["192.0.2.1"] }]))[0]!.url).toBe(url);
  });

  it("takes an ExternalName for what it names", () => {
    const external = {
      ...service("cart"),
      spec: { type: "ExternalName", externalName: "cart.example.com", ports: [] },
    };
    expect(endpointsOf(external)).toEqual([{ id: "cart.example.com", url: "http://cart.example.com" }]);
  });

  it("says when an address is one that Cloudflare cannot reach", () => {
    const result = imported([
      gateway(),
      route("cart", TO_CART),
      web,
      slice("a", "IPv4", [{ addresses: ["10.1.2.3"] }]),
    ]);
    expect(reasons(result)).toEqual(["changed Service shop/cart : PrivateAddress"]);
  });
});

describe("mappedEndpoints", () => {
  it("names endpoints for their hosts, each once", () => {
    const urls = ["https://a.example.com", "https://a.example.com/base", "https://b.example.com:8443"];
    const { config } = imported(
      [gateway(), route("cart", TO_CART), web],
      urls.map((url) => `shop/cart=${url}`),
    );
    expect(config.services["cart.shop.80"]!.endpoints).toEqual([
      { id: "a.example.com", url: urls[0] },
      { id: "a.example.com-2", url: urls[1] },
      { id: "b.example.com-8443", url: urls[2] },
    ]);
  });
});
