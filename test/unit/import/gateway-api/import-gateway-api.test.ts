import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeConfig } from "../../../../src/config/decode.ts";
import { importGatewayApi } from "../../../../src/import/gateway-api/import-gateway-api.ts";
import { configText } from "../../../../src/import/write-config.ts";
import { gateway, grpcRoute, http, imported, type Manifest, reasons, route, service, TO_CART } from "./manifests.ts";

const shop = () => [gateway(), route("cart", TO_CART), service("cart")];
const CART = ["shop/cart=https://cart.example.com"];
const NO_OPTIONS = { gateway: null, endpoints: [], endpointTemplate: null };

describe("importGatewayApi", () => {
  it("makes a Gateway, its routes and their Services one mesh", () => {
    const { config, findings } = imported(shop(), CART);
    expect(config).toEqual({
      listeners: [{ name: "http", port: 80, protocol: "HTTP" }],
      services: { "cart.shop.80": { endpoints: [{ id: "cart.example.com", url: "https://cart.example.com" }] } },
      routes: [{ name: "shop/cart", listeners: ["http"], rules: [{ backendRefs: [{ service: "cart.shop.80" }] }] }],
    });
    expect(findings).toEqual([]);
  });

  it("gives the same bytes whatever the order of the documents", () => {
    const manifests = [
      ...shop(),
      route("older", { hostnames: ["a.example"], ...TO_CART }, { createdAt: "2020-01-01T00:00:00Z" }),
      route("other", { rules: [{ backendRefs: [{ name: "pay", port: 80 }] }] }),
      service("pay"),
    ];
    const text = (list: readonly Manifest[]) =>
      configText(imported(list, [], "https://{service}.example.com").config, []);
    expect(text(manifests.toReversed())).toBe(text(manifests));
    expect(text(manifests)).toBe(text(manifests));
  });

  it("orders routes by age and then by name", () => {
    const { config } = imported([
      gateway(),
      service("cart"),
      route("b", TO_CART, { createdAt: "2024-05-01T00:00:01Z" }),
      route("a", TO_CART, { createdAt: "2024-05-01T00:00:01Z" }),
      route("z", TO_CART, { createdAt: "2023-01-01T00:00:00Z" }),
      route("never-created", TO_CART),
    ]);
    expect(config.routes.map(({ name }) => name)).toEqual(["shop/z", "shop/a", "shop/b", "shop/never-created"]);
  });

  it("asks which Gateway when there are several", () => {
    const second = { ...gateway(), metadata: { name: "second", namespace: "shop" } };
    const documents = [...shop(), second].map((value) => ({ file: "f", value }));
    expect(importGatewayApi(documents, NO_OPTIONS)).toMatchObject({
      refusal: "there are 2 Gateways, and one makes a mesh: shop/edge, shop/second",
      fix: "name it with --gateway shop/edge",
    });
    expect(importGatewayApi(documents, { ...NO_OPTIONS, gateway: "shop/second" })).toMatchObject({
      config: { routes: [] },
    });
    expect(importGatewayApi(documents, { ...NO_OPTIONS, gateway: "shop/third" })).toHaveProperty("refusal");
  });

  it("says what is wrong with the only Gateway", () => {
    const documents = [gateway([http, http])].map((value) => ({ file: "f", value }));
    expect(importGatewayApi(documents, NO_OPTIONS)).toMatchObject({
      refusal: expect.stringContaining("Listener name must be unique within the Gateway"),
    });
  });

  it("lists what Cloudflare has another place for, and kinds that it does not route", () => {
    const tcp = {
      apiVersion: "gateway.networking.k8s.io/v1alpha2",
      kind: "TCPRoute",
      metadata: { name: "db", namespace: "shop" },
      spec: {},
    };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "cart", namespace: "shop" },
      spec: {},
    };
    const result = imported(
      [...shop().slice(1), gateway([http], { addresses: [{ value: "192.0.2.1" }] }), tcp, deployment],
      CART,
    );
    expect(reasons(result)).toEqual([
      "dropped TCPRoute shop/db : UnsupportedKind",
      "dropped Gateway shop/edge spec.addresses: UnsupportedField",
    ]);
  });

  it("keeps the first of an HTTPRoute and a GRPCRoute that share a host", () => {
    const grpc = grpcRoute("calls", {
      hostnames: ["cart.example.com"],
      rules: [{ backendRefs: [{ name: "cart", port: 80 }] }],
    });
    const result = imported(
      [gateway(), service("cart"), route("cart", { hostnames: ["*.example.com"], ...TO_CART }), grpc],
      CART,
    );
    expect(result.config.routes.map(({ name }) => name)).toEqual(["shop/calls"]);
    expect(reasons(result)).toContain("dropped HTTPRoute shop/cart spec.parentRefs[0]: Conflicted");
  });

  it("gives an HTTPRoute and a GRPCRoute of one name two names", () => {
    const grpc = grpcRoute("cart", {
      hostnames: ["grpc.example.com"],
      rules: [{ backendRefs: [{ name: "cart", port: 80 }] }],
    });
    const { config } = imported(
      [gateway(), service("cart"), route("cart", { hostnames: ["web.example.com"], ...TO_CART }), grpc],
      CART,
    );
    expect(config.routes.map(({ name }) => name)).toEqual(["shop/cart", "shop/cart/grpc"]);
  });

  it("makes of any documents a valid config or a refusal", () => {
    const seeds = [
      gateway([http, { ...http, name: "b", port: 81, hostname: "*.example" }]),
      route("a", {
        hostnames: ["a.example"],
        rules: [
          {
            matches: [{ path: { type: "Exact", value: "/a" } }],
            filters: [{ type: "URLRewrite", urlRewrite: { hostname: "b.example" } }],
            backendRefs: [{ name: "cart", port: 80, weight: 3 }],
            timeouts: { request: "1s" },
            retry: { codes: [500] },
          },
        ],
      }),
      service("cart"),
    ];
    const leaves = seeds.flatMap((seed, index) => placesIn(seed).map((place) => ({ index, place })));
    const junk = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom("", "*", "/", -1, 0, 1e9, null, [], {}, "RegularExpression", "80", "shop"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...leaves), junk), { maxLength: 3 }), (changes) => {
        const documents = seeds.map((seed) => structuredClone(seed));
        for (const [{ index, place }, value] of changes) setAt(documents[index]!, place, value);
        const result = importGatewayApi(
          documents.map((value) => ({ file: "f", value })),
          NO_OPTIONS,
        );
        if ("config" in result) expect(decodeConfig(result.config)).toMatchObject({ ok: true });
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  const data = new URL("../../../conformance/data/gateway-api/", import.meta.url);
  const files = readdirSync(data).filter((name) => /^(httproute|listenerset|backendtls)/.test(name));

  it.each(files)("makes a config of %s that the schema takes", (name) => {
    const read = (file: string) => JSON.parse(readFileSync(new URL(file, data), "utf8"));
    const { base, manifests } = read(name) as { base: string; manifests: { documents: Manifest[] }[] };
    const values = [
      ...(read(base) as { documents: Manifest[] }).documents,
      ...manifests.flatMap(({ documents }) => documents),
    ];
    const documents = values.map((value) => ({ file: name, value }));
    const gateways = values
      .filter(({ kind }) => kind === "Gateway")
      .map(({ metadata }) => metadata as { name: string; namespace: string });
    for (const { namespace, name: own } of gateways) {
      const options = {
        gateway: `${namespace}/${own}`,
        endpoints: [],
        endpointTemplate: "https://{service}.{namespace}.example.com",
      };
      const result = importGatewayApi(documents, options);
      expect(decodeConfig("config" in result ? result.config : null)).toMatchObject({ ok: true });
    }
  });
});

type Place = readonly (string | number)[];

function placesIn(value: unknown, place: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [place];
  return [
    place,
    ...Object.entries(value).flatMap(([key, child]) =>
      placesIn(child, [...place, Array.isArray(value) ? Number(key) : key]),
    ),
  ].filter((found) => found.length > 0);
}

function setAt(root: Manifest, place: Place, value: unknown): void {
  let parent: unknown = root;
  for (const step of place.slice(0, -1)) parent = (parent as Record<string | number, unknown> | null)?.[step];
  if (typeof parent === "object" && parent !== null)
    (parent as Record<string | number, unknown>)[place.at(-1)!] = value;
}
