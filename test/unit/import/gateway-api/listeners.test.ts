import { describe, expect, it } from "vitest";
import { conditionsOf, gateway, http, imported, listenerSet, reasons } from "./manifests.ts";

const https = { name: "https", port: 443, protocol: "HTTPS", tls: { certificateRefs: [{ name: "cert" }] } };
const allow = { allowedListeners: { namespaces: { from: "All" } } };
const names = (...manifests: Parameters<typeof imported>[0]) =>
  imported(manifests).config.listeners.map(({ name }) => name);

describe("gatewayListeners", () => {
  it("takes HTTP and HTTPS, and no other protocol", () => {
    const result = imported([gateway([http, https, { name: "tcp", port: 9000, protocol: "TCP" }])]);
    expect(result.config.listeners.map(({ name }) => name)).toEqual(["http", "https"]);
    expect(conditionsOf(result.statuses, "shop/edge", "tcp")).toContain("Accepted=False/UnsupportedProtocol");
  });

  it("leaves out all of a Gateway's own that share a port with two protocols", () => {
    const clash = { ...https, name: "clash", port: 80 };
    const { config, statuses } = imported([gateway([http, clash, { ...http, name: "fine", port: 8080 }])]);
    expect(config.listeners.map(({ name }) => name)).toEqual(["fine"]);
    expect(conditionsOf(statuses, "shop/edge", "http")).toContain("Conflicted=True/ProtocolConflict");
    expect(conditionsOf(statuses, "shop/edge", "clash")).toContain("Conflicted=True/ProtocolConflict");
  });

  it("prefers the Gateway to ListenerSets, and older ListenerSets to younger ones", () => {
    const a = { ...http, name: "a", hostname: "a.example" };
    const b = { ...http, name: "b", hostname: "b.example" };
    const manifests = [
      gateway([a], allow),
      listenerSet("young", [a, b], { createdAt: "2024-01-02T00:00:00Z" }),
      listenerSet("old", [b], { createdAt: "2024-01-01T00:00:00Z" }),
    ];
    expect(names(...manifests)).toEqual(["a", "shop/old/b"]);
    const { statuses } = imported(manifests);
    expect(conditionsOf(statuses, "shop/young", "")).toEqual([
      "Accepted=False/ListenersNotValid",
      "Programmed=False/ListenersNotValid",
    ]);
    expect(conditionsOf(statuses, "shop/young", "b")).toContain("Conflicted=True/HostnameConflict");
  });

  it("lets no ListenerSet attach unless the Gateway allows it", () => {
    const set = listenerSet("more", [{ ...http, hostname: "more.example" }]);
    expect(names(gateway(), set)).toEqual(["http"]);
    expect(conditionsOf(imported([gateway(), set]).statuses, "shop/more", "")[0]).toBe("Accepted=False/NotAllowed");
    expect(names(gateway([http], allow), set)).toEqual(["http", "shop/more/http"]);
  });

  it("wants a ReferenceGrant for a certificate of another namespace", () => {
    const foreign = { ...https, tls: { certificateRefs: [{ name: "cert", namespace: "certs" }] } };
    const granted = (from: string) => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "ReferenceGrant",
      metadata: { name: "g", namespace: "certs" },
      spec: {
        from: [{ group: "gateway.networking.k8s.io", kind: from, namespace: "shop" }],
        to: [{ group: "", kind: "Secret" }],
      },
    });
    expect(names(gateway([foreign]))).toEqual([]);
    expect(names(gateway([foreign]), granted("ListenerSet"))).toEqual([]);
    expect(names(gateway([foreign]), granted("Gateway"))).toEqual(["https"]);
  });

  it("keeps a listener of which some kinds are known, and says which are not", () => {
    const kinds = (...list: string[]) => ({ ...http, allowedRoutes: { kinds: list.map((kind) => ({ kind })) } });
    expect(names(gateway([kinds("HTTPRoute", "SpringRoute")]))).toEqual(["http"]);
    expect(names(gateway([kinds("SpringRoute")]))).toEqual([]);
    const { statuses } = imported([gateway([kinds("HTTPRoute", "SpringRoute")])]);
    expect(conditionsOf(statuses, "shop/edge", "http")).toContain("ResolvedRefs=False/InvalidRouteKinds");
  });

  it("says that Cloudflare listens on certain ports only", () => {
    expect(reasons(imported([gateway([{ ...http, port: 8090 }])]))).toEqual([
      "changed Gateway shop/edge spec.listeners[0].port: PortUnavailable",
    ]);
  });
});
