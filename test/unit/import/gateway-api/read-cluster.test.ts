import { describe, expect, it } from "vitest";
import { readCluster } from "../../../../src/import/gateway-api/read-cluster.ts";
import { gateway, type Manifest, route, service, TO_CART } from "./manifests.ts";

const read = (...values: readonly Manifest[]) => readCluster(values.map((value) => ({ file: "f.yaml", value })));

describe("readCluster", () => {
  it("leaves out fields that are not known, and names them", () => {
    const { cluster, findings } = read(route("cart", { ...TO_CART, hostname: "typo.example" }));
    expect(cluster.httpRoutes.get("shop/cart")!.object.spec).not.toHaveProperty("hostname");
    expect(findings).toMatchObject([{ path: "spec.hostname", severity: "dropped", reason: "UnknownField" }]);
  });

  it("leaves out a resource that its kind's rules refuse, with every fault and its path", () => {
    const { cluster, findings } = read(
      route("cart", { rules: [{ timeouts: { request: "1d" }, backendRefs: [{ name: "cart" }] }] }),
    );
    expect(cluster.httpRoutes.size).toBe(0);
    expect(findings.map(({ path, severity }) => `${severity} ${path}`)).toEqual([
      "invalid spec.rules[0].timeouts.request",
      "invalid spec.rules[0].backendRefs[0]",
    ]);
  });

  it("takes null for nothing said", () => {
    const { cluster, findings } = read(route("cart", { ...TO_CART, hostnames: null }));
    expect(cluster.httpRoutes.get("shop/cart")!.object.spec.hostnames).toEqual([]);
    expect(findings).toEqual([]);
  });

  it("lets the later of two resources of one name hold", () => {
    const { cluster, findings } = read(
      service("cart", { port: 80 }),
      service("cart", { port: 81 }),
      gateway(),
      gateway(),
    );
    expect(cluster.services.get("shop/cart")!.object.spec.ports[0]!.port).toBe(81);
    expect(findings).toMatchObject([{ kind: "Service", reason: "Replaced" }]);
  });

  it("puts what names no namespace into the default one", () => {
    const { cluster } = read({ ...service("cart"), metadata: { name: "cart" } });
    expect([...cluster.services.keys()]).toEqual(["default/cart"]);
  });

  it("says what cannot be imported, and passes over what is not about routing", () => {
    const { findings } = read(
      { kind: "Ingress", apiVersion: "networking.k8s.io/v1", metadata: { name: "a" } },
      { kind: "Pod", apiVersion: "v1", metadata: { name: "b" } },
      { hello: "world" },
    );
    expect(findings.map(({ kind, reason }) => `${kind} ${reason}`)).toEqual([
      "Ingress UnsupportedKind",
      " UnsupportedKind",
    ]);
  });
});
