import { describe, expect, it } from "vitest";
import { conditionsOf, gateway, imported, type Manifest, route, service, TO_CART, tlsPolicy } from "./manifests.ts";

const refOf = (policy: readonly Manifest[], url: string) =>
  (
    imported([gateway(), route("cart", TO_CART), service("cart"), ...policy], [`shop/cart=${url}`]).config.routes[0]!
      .rules[0]!.backendRefs as Record<string, unknown>[]
  )[0]!;
const GOOD = "https://cart.example.com";

describe("backendTls", () => {
  it.each([
    ["its host", {}, GOOD, true],
    ["another host", {}, "https://other.example.com", false],
    ["no TLS", {}, "http://cart.example.com", false],
    [
      "an alternative name",
      { subjectAltNames: [{ type: "Hostname", hostname: "alt.example.com" }] },
      "https://alt.example.com",
      true,
    ],
    [
      "its host, where only alternative names count",
      { subjectAltNames: [{ type: "Hostname", hostname: "alt.example.com" }] },
      GOOD,
      false,
    ],
    ["a host, where only a URI counts", { subjectAltNames: [{ type: "URI", uri: "spiffe://x/y" }] }, GOOD, false],
  ])("lets an endpoint with %s be used or not", (_, validation, url, isUsable) => {
    expect("service" in refOf([tlsPolicy("p", validation)], url)).toBe(isUsable);
  });

  const ca = (data: object) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "ca", namespace: "shop" },
    data,
  });
  const named = {
    wellKnownCACertificates: undefined,
    caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }],
  };

  it.each([
    [
      "a certificate",
      [ca({ "ca.crt": "-----BEGIN CERTIFICATE-----" })],
      ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"],
    ],
    ["no certificate", [ca({})], ["Accepted=False/NoValidCACertificate", "ResolvedRefs=False/InvalidCACertificateRef"]],
    ["no ConfigMap", [], ["Accepted=False/NoValidCACertificate", "ResolvedRefs=False/InvalidCACertificateRef"]],
  ])("judges a policy whose reference leads to %s", (_, manifests, conditions) => {
    const policy = tlsPolicy("p", named);
    const { statuses } = imported([gateway(), policy, ...manifests]);
    expect(conditionsOf(statuses, "shop/p")).toEqual(conditions);
    expect("service" in refOf([policy, ...manifests], GOOD)).toBe(conditions[0] === "Accepted=True/Accepted");
  });

  it("prefers the older of two policies, whose younger one is in conflict", () => {
    const old = tlsPolicy("old", { hostname: "old.example.com" }, { createdAt: "2024-01-01T00:00:00Z" });
    const young = tlsPolicy("young", {}, { createdAt: "2024-01-02T00:00:00Z" });
    expect("service" in refOf([young, old], "https://old.example.com")).toBe(true);
    expect(conditionsOf(imported([gateway(), young, old]).statuses, "shop/young")[0]).toBe("Accepted=False/Conflicted");
  });
});
