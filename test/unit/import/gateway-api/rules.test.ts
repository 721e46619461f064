import { describe, expect, it } from "vitest";
import { gateway, grpcRoute, imported, reasons, route, service, trafficPolicy } from "./manifests.ts";

const CART = ["shop/cart=https://cart.example.com"];
const refs = [{ name: "cart", port: 80 }];
const importRule = (rule: object, ...more: Parameters<typeof imported>[0]) =>
  imported([gateway(), service("cart"), route("cart", { rules: [{ backendRefs: refs, ...rule }] }), ...more], CART);
const ruleOf = (rule: object, ...more: Parameters<typeof imported>[0]) =>
  importRule(rule, ...more).config.routes[0]!.rules[0]!;

describe("convertRule", () => {
  it("keeps matches as they are, and the first of several on one name", () => {
    const headers = [
      { name: "X-Team", value: "a" },
      { name: "x-team", value: "b" },
      { name: "version", type: "RegularExpression", value: "v[0-9]" },
    ];
    const { matches } = ruleOf({
      matches: [
        { path: { type: "Exact", value: "/cart" }, method: "POST", headers, queryParams: [{ name: "q", value: "1" }] },
      ],
    });
    expect(matches).toEqual([
      {
        path: { type: "Exact", value: "/cart" },
        method: "POST",
        headers: [
          { name: "X-Team", type: "Exact", value: "a" },
          { name: "version", type: "RegularExpression", value: "v[0-9]" },
        ],
        queryParams: [{ name: "q", type: "Exact", value: "1" }],
      },
    ]);
  });

  it("gives an attempt the whole request where only that is limited", () => {
    expect(ruleOf({ timeouts: { request: "10s" } }).timeouts).toEqual({ request: "10s", backendRequest: "0s" });
    expect(ruleOf({ timeouts: { request: "10s", backendRequest: "2s" } }).timeouts).toEqual({
      request: "10s",
      backendRequest: "2s",
    });
    expect(ruleOf({})).not.toHaveProperty("timeouts");
  });

  it("holds durations to what a config may say", () => {
    expect(ruleOf({ timeouts: { backendRequest: "30s" } }).timeouts).toEqual({ request: "0s", backendRequest: "30s" });
    const long = importRule({
      timeouts: { request: "2h", backendRequest: "90m" },
      retry: { backoff: "5m" },
      sessionPersistence: { cookie: { name: "s" }, idleTimeout: "10ms" },
    });
    expect(long.config.routes[0]!.rules[0]).toMatchObject({
      timeouts: { request: "0s", backendRequest: "0s" },
      retry: { backoff: "1m", backoffMin: "1m" },
      sessionPersistence: { idleTimeout: "1s" },
    });
    expect(reasons(long)).toEqual([
      "changed HTTPRoute shop/cart spec.rules[0].retry.backoff: UnsupportedValue",
      "changed HTTPRoute shop/cart spec.rules[0].timeouts.backendRequest: UnsupportedValue",
      "changed HTTPRoute shop/cart spec.rules[0].timeouts.request: UnsupportedValue",
      "changed HTTPRoute shop/cart spec.rules[0].sessionPersistence.idleTimeout: UnsupportedValue",
    ]);
  });

  it("retries what is listed, any method, with no budget of the mesh's own", () => {
    const { config } = importRule({ retry: { codes: [503, 503], attempts: 3, backoff: "100ms" } });
    expect(config.routes[0]!.rules[0]!.retry).toEqual({
      codes: [503],
      attempts: 3,
      methods: ["*"],
      backoff: "100ms",
      backoffMin: "100ms",
    });
    expect(config.services["cart.shop.80"]!.retry).toEqual({ budget: { percent: 1_000 } });
    expect(ruleOf({ retry: { attempts: 1 } }).retry).toMatchObject({ codes: [] });
  });

  it("holds attempts to what a config may ask for, and says so", () => {
    const result = importRule({ retry: { attempts: 20 } });
    expect(result.config.routes[0]!.rules[0]!.retry).toMatchObject({ attempts: 10 });
    expect(reasons(result)).toContain("changed HTTPRoute shop/cart spec.rules[0].retry.attempts: UnsupportedValue");
  });

  it("takes the retry budget of a policy", () => {
    const policy = trafficPolicy("p", { retryConstraint: { budget: { percent: 7 } } });
    const { config } = importRule({ retry: { attempts: 1 } }, policy);
    expect(config.services["cart.shop.80"]!.retry).toEqual({ budget: { percent: 7 } });
  });

  it.each([
    ["a cookie", { type: "Cookie", cookie: { name: "s" } }, { type: "Cookie", sessionName: "s" }],
    ["a header", { type: "Header", header: { name: "x-s" } }, { type: "Header", sessionName: "x-s" }],
    [
      "the older form",
      { sessionName: "s", absoluteTimeout: "1h", cookieConfig: { lifetimeType: "Permanent" } },
      { type: "Cookie", sessionName: "s", absoluteTimeout: "1h", cookieConfig: { lifetimeType: "Permanent" } },
    ],
  ])("keeps sessions by %s, of a rule and of a policy", (_, session, expected) => {
    expect(ruleOf({ sessionPersistence: session }).sessionPersistence).toEqual(expected);
    expect(ruleOf({}, trafficPolicy("p", { sessionPersistence: session })).sessionPersistence).toEqual(expected);
  });

  it("drops a mirror that leads nowhere, and nothing else", () => {
    const mirror = (name: string) => ({
      type: "RequestMirror",
      requestMirror: { backendRef: { name, port: 80 }, percent: 5 },
    });
    const result = importRule({ filters: [mirror("gone"), mirror("cart")] });
    expect(result.config.routes[0]!.rules[0]).toMatchObject({
      filters: [{ type: "RequestMirror", requestMirror: { backendRef: { service: "cart.shop.80" }, percent: 5 } }],
      backendRefs: [{ service: "cart.shop.80" }],
    });
    expect(reasons(result)).toEqual([
      "dropped HTTPRoute shop/cart spec.rules[0].filters[0].requestMirror.backendRef: BackendNotFound",
    ]);
  });

  it("lets no request pass by a filter that is not there", () => {
    const filter = { type: "ExtensionRef", extensionRef: { group: "example.com", kind: "Auth", name: "strict" } };
    expect(ruleOf({ filters: [filter] }).backendRefs).toEqual([
      { invalid: "UnsupportedValue: Auth strict is not carried over" },
    ]);
    expect(ruleOf({ backendRefs: [{ ...refs[0], weight: 2, filters: [filter] }] }).backendRefs).toEqual([
      { invalid: "UnsupportedValue: Auth strict is not carried over", weight: 2 },
    ]);
  });

  it("leaves out a header that no filter may touch, one named twice, and a mirror too many", () => {
    const modifier = {
      set: [
        { name: "Connection", value: "close" },
        { name: "X-A", value: "1" },
      ],
      remove: ["x-a", "x-b"],
    };
    const mirrors = Array.from({ length: 4 }, () => ({
      type: "RequestMirror",
      requestMirror: { backendRef: refs[0] },
    }));
    const result = importRule({
      filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: modifier }, ...mirrors],
    });
    const { filters, backendRefs } = result.config.routes[0]!.rules[0] as {
      filters: unknown[];
      backendRefs: unknown[];
    };
    expect(filters[0]).toEqual({
      type: "RequestHeaderModifier",
      requestHeaderModifier: { set: [{ name: "X-A", value: "1" }], remove: ["x-b"] },
    });
    expect(filters).toHaveLength(4);
    expect(backendRefs).toEqual([{ service: "cart.shop.80" }]);
    expect(reasons(result)).toEqual([
      "dropped HTTPRoute shop/cart spec.rules[0].filters[0].requestHeaderModifier.set[0]: UnsupportedValue",
      "dropped HTTPRoute shop/cart spec.rules[0].filters[0].requestHeaderModifier.remove[0]: UnsupportedValue",
      "dropped HTTPRoute shop/cart spec.rules[0].filters[4]: UnsupportedValue",
    ]);
  });

  it("fails requests of a rule that the config cannot say, and keeps its matches", () => {
    const rewrite = { type: "URLRewrite", urlRewrite: { path: { type: "ReplaceFullPath", replaceFullPath: "/a?b" } } };
    const result = importRule({ matches: [{ path: { value: "/a" } }], filters: [rewrite] });
    expect(result.config.routes[0]!.rules[0]).toEqual({
      matches: [{ path: { type: "PathPrefix", value: "/a" } }],
      backendRefs: [{ invalid: expect.stringMatching(/^UnsupportedValue/) }],
    });
    expect(result.findings[0]).toMatchObject({
      path: "spec.rules[0].filters[0].urlRewrite.path.replaceFullPath",
      message: expect.stringContaining("its requests get 500"),
    });
  });

  it("takes a rewrite of nothing for none", () => {
    expect(ruleOf({ filters: [{ type: "URLRewrite", urlRewrite: {} }] })).toEqual({
      backendRefs: [{ service: "cart.shop.80" }],
    });
  });

  it("leaves out a rule whose match the config cannot say", () => {
    const result = importRule({ matches: [{ path: { type: "RegularExpression", value: "/(a" } }] });
    expect(result.config.routes).toEqual([]);
    expect(result.findings[0]!.message).toContain("the rule is left out");
  });

  it.each([
    [
      { service: "shop.Cart", method: "Add" },
      { type: "Exact", value: "/shop.Cart/Add" },
    ],
    [{ service: "shop.Cart" }, { type: "PathPrefix", value: "/shop.Cart" }],
    [{ method: "Add" }, { type: "RegularExpression", value: "/[^/]+/Add" }],
    [
      { type: "RegularExpression", service: "shop\\..*" },
      { type: "RegularExpression", value: "/(?:shop\\..*)/(?:[^/]+)" },
    ],
  ])("makes gRPC's method %j a path", (method, path) => {
    const grpc = grpcRoute("calls", { rules: [{ matches: [{ method }], backendRefs: refs }] });
    const { config, findings } = imported([gateway(), service("cart"), grpc], CART);
    expect(config.routes[0]!.rules[0]!.matches).toEqual([{ path, method: "POST" }]);
    expect(findings.map(({ reason }) => reason)).toEqual(["NoTrailers"]);
  });
});
