import { describe, expect, it } from "vitest";
import { importIstio } from "../../../../src/import/istio/import-istio.ts";
import { answersOf, documentsOf, meshOf, optionsOf, told } from "../imported.ts";

const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }
`;

const virtualService = (name: string, spec: string, created = "2026-01-01T00:00:00Z") => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: shop, creationTimestamp: "${created}" }
spec: ${spec}
`;

const destinationRule = (spec: string, name = "rule", namespace = "shop") => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}
`;

const to = (host: string, more = "") => `{ route: [{ destination: { host: ${host} } }]${more} }`;
const when = (match: string, host: string, more = "") =>
  `{ match: [${match}], route: [{ destination: { host: ${host} } }]${more} }`;
const bound = (http: readonly string[], hosts = '["*"]') =>
  `{ hosts: ${hosts}, gateways: [infra/edge], http: [${http.join(", ")}] }`;

function imported(documents: readonly string[], endpoints: readonly string[] = [], gateway: string | null = null) {
  return importIstio(documentsOf(documents.join("\n---\n")), optionsOf(endpoints, gateway));
}

async function answers(documents: readonly string[]) {
  return answersOf(await meshOf(imported(documents)));
}

const URL = "http://any.example.com";

describe("the routes of a VirtualService", () => {
  it("take a prefix by character, and the first rule that fits", async () => {
    const http = [
      when("{ uri: { prefix: /api } }", "api"),
      when("{ uri: { exact: /api/special } }", "never"),
      when('{ uri: { regex: "/v[0-9]+" } }', "versioned"),
      when("{ uri: { prefix: /CASE }, ignoreUriCase: true }", "caseless"),
      to("rest"),
    ];
    const ask = await answers([GATEWAY, virtualService("a", bound(http))]);
    expect(["/api", "/apis", "/api/special", "/v12", "/v12/x", "/case/x", "/"].map((path) => ask(URL + path))).toEqual([
      "api.shop",
      "api.shop",
      "api.shop",
      "versioned.shop",
      "rest.shop",
      "caseless.shop",
      "rest.shop",
    ]);
  });

  it("look at headers, their absence, queries, methods and the authority", async () => {
    const http = [
      when("{ headers: { x-user: { prefix: j } }, withoutHeaders: { x-bot: {} } }", "humans"),
      when("{ withoutHeaders: { x-tier: { exact: free } }, queryParams: { q: { exact: '1' } } }", "paying"),
      when('{ method: { regex: "PUT|DELETE" } }', "writes"),
      when("{ authority: { exact: admin.example.com } }", "admin"),
      to("rest"),
    ];
    const ask = await answers([GATEWAY, virtualService("a", bound(http))]);
    expect([
      ask({ url: `${URL}/`, headers: { "x-user": "jane" } }),
      ask({ url: `${URL}/`, headers: { "x-user": "jane", "x-bot": "1" } }),
      ask(`${URL}/?q=1`),
      ask({ url: `${URL}/?q=1`, headers: { "x-tier": "free" } }),
      ask({ url: `${URL}/`, method: "DELETE" }),
      ask("http://admin.example.com/"),
    ]).toEqual(["humans.shop", "rest.shop", "paying.shop", "rest.shop", "writes.shop", "admin.shop"]);
  });

  it("lose a match rather than the condition that narrows it", async () => {
    const documents = [
      GATEWAY,
      virtualService("a", bound([when("{ uri: { prefix: / }, sourceLabels: { app: x } }", "canary"), to("stable")])),
    ];
    const result = imported(documents);
    expect(answersOf(await meshOf(result))(`${URL}/`)).toBe("stable.shop");
    expect(told(result)).toContainEqual(expect.stringContaining("spec.http[0].match[0].sourceLabels"));
  });

  it("redirect, answer and split", async () => {
    const split = `{ match: [{ uri: { prefix: /split } }], route: [
      { destination: { host: a }, weight: 9 }, { destination: { host: b }, weight: 3 } ] }`;
    const http = [
      split,
      "{ match: [{ uri: { exact: /old } }], redirect: { uri: /new, redirectCode: 308 } }",
      "{ directResponse: { status: 418, body: { string: teapot } } }",
    ];
    const ask = await answers([GATEWAY, virtualService("a", bound(http))]);
    expect(["/split/x", "/old", "/"].map((path) => ask(URL + path))).toEqual([
      "a.shop 9, b.shop 3",
      "redirect 308",
      "response 418",
    ]);
  });

  it("carry what Istio does by default, and what a route says instead", async () => {
    const more =
      ", timeout: 2s, retries: { attempts: 4, perTryTimeout: 500ms, retryOn: 'gateway-error,connect-failure' }";
    const documents = [GATEWAY, virtualService("a", bound([when("{ uri: { prefix: /a } }", "a", more), to("b")]))];
    const mesh = await meshOf(imported(documents));
    const [own, byDefault] = mesh.routes[0]!.rules.map((rule) => mesh.policies[rule.backendRefs[0]!.policy]!);
    expect(own).toMatchObject({
      requestTimeoutMs: 2_000,
      attemptTimeoutMs: 500,
      retry: { attempts: 4, codes: [502, 503, 504], methods: ["*"], onReset: true, onTimeout: true },
    });
    expect(byDefault).toMatchObject({
      requestTimeoutMs: 0,
      // Only requests that reached nobody are repeated.
      retry: { attempts: 2, codes: [], methods: [], onConnectFailure: true, onReset: false, onTimeout: false },
    });
    expect(mesh.services[0]).toMatchObject({
      loadBalancing: { policy: "least-request" },
      outlierDetection: { enabled: false },
      circuitBreaker: { enabled: false },
      slowStart: null,
    });
  });

  it("fold the headers of destinations and of the route into what Envoy makes of them", () => {
    const route = `{ headers: { request: { set: { x-who: route } }, response: { remove: [server] } },
      route: [{ destination: { host: a }, headers: { request: { set: { x-who: destination }, add: { x-a: "1" } } } }] }`;
    const result = imported([GATEWAY, virtualService("a", bound([route]))]);
    const routes = result.config.routes as { rules: { filters: unknown }[] }[];
    expect(routes[0]!.rules[0]!.filters).toEqual([
      {
        type: "RequestHeaderModifier",
        requestHeaderModifier: { set: [{ name: "x-who", value: "route" }], add: [{ name: "x-a", value: "1" }] },
      },
      { type: "ResponseHeaderModifier", responseHeaderModifier: { remove: ["server"] } },
    ]);
  });

  it("rewrite the prefix of prefixes and the whole of exact paths", () => {
    const http = when("{ uri: { prefix: /a } }, { uri: { exact: /b } }", "a", ", rewrite: { uri: /new }");
    const result = imported([GATEWAY, virtualService("a", bound([http]))]);
    const [route] = result.config.routes as [{ rules: { filters: { urlRewrite: unknown }[] }[] }];
    expect(route.rules.map(({ filters }) => filters[0]!.urlRewrite)).toEqual([
      { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } },
      { path: { type: "ReplaceFullPath", replaceFullPath: "/new" } },
    ]);
  });

  it("are those of delegates where it delegates, within its own conditions", async () => {
    const root = bound([
      "{ match: [{ uri: { prefix: /team } }], delegate: { name: team, namespace: shop } }",
      to("rest"),
    ]);
    const delegate = `{ http: [
      { match: [{ uri: { prefix: /team/a } }], route: [{ destination: { host: a } }] },
      { match: [{ uri: { prefix: /elsewhere } }], route: [{ destination: { host: never } }] },
      { route: [{ destination: { host: b } }] } ] }`;
    const ask = await answers([GATEWAY, virtualService("root", root), virtualService("team", delegate)]);
    expect(["/team/a/1", "/team", "/elsewhere"].map((path) => ask(URL + path))).toEqual([
      "a.shop",
      "b.shop",
      "rest.shop",
    ]);
  });

  it("of several for one host are one, the oldest first and what takes everything last", async () => {
    const newer = virtualService(
      "newer",
      bound([when("{ uri: { prefix: /b } }", "b"), to("c")]),
      "2026-02-01T00:00:00Z",
    );
    const older = virtualService("older", bound([when("{ uri: { prefix: /a } }", "a"), to("all")]));
    const ask = await answers([GATEWAY, newer, older]);
    expect(["/a", "/b", "/x"].map((path) => ask(URL + path))).toEqual(["a.shop", "b.shop", "all.shop"]);
  });
});

describe("gateways", () => {
  const TLS = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["shop/*.example.com"], tls: { httpsRedirect: true } }
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: ["shop/*.example.com"], tls: { mode: SIMPLE, credentialName: c } }
`;

  it("send HTTP to HTTPS where they say so, and take their own hosts alone", async () => {
    const ask = await answers([TLS, virtualService("a", bound([to("a")], '["a.example.com", "b.other.com"]'))]);
    expect([
      ask("http://a.example.com/"),
      ask("https://a.example.com/"),
      ask("https://c.example.com/"),
      ask("https://b.other.com/"),
    ]).toEqual(["redirect 301", "a.shop", "404", "404"]);
  });

  it("keep out VirtualServices of namespaces that they do not name", async () => {
    const foreign = TLS.replaceAll("shop/", "other/");
    const result = imported([foreign, virtualService("a", bound([to("a")], '["a.example.com"]'))]);
    expect(answersOf(await meshOf(result))("https://a.example.com/")).toBe("404");
    expect(told(result)).toContainEqual(expect.stringContaining("served by none of its gateways"));
  });

  it("leave the routes of the mesh alone, which are imported on request", async () => {
    const inside = virtualService("a", `{ hosts: [reviews], http: [${to("reviews")}] }`);
    expect(told(imported([GATEWAY, inside]))).toContainEqual(expect.stringContaining("is bound to mesh"));
    const ask = answersOf(await meshOf(imported([GATEWAY, inside], [], "mesh")));
    expect(["reviews", "reviews.shop", "reviews.shop.svc.cluster.local"].map((host) => ask(`http://${host}/`))).toEqual(
      ["reviews.shop", "reviews.shop", "reviews.shop"],
    );
  });
});

describe("services", () => {
  const ROUTES = virtualService(
    "a",
    bound([
      `{ match: [{ uri: { prefix: /v2 } }], route: [{ destination: { host: reviews, subset: v2 } }] }`,
      `{ match: [{ uri: { prefix: /v9 } }], route: [{ destination: { host: reviews, subset: v9 } }] }`,
      to("reviews"),
    ]),
  );
  const SUBSETS = destinationRule(
    `
    host: reviews
    trafficPolicy:
      loadBalancer: { simple: ROUND_ROBIN, warmup: { duration: 45s, minimumPercent: 5 } }
      outlierDetection: { consecutive5xxErrors: 7, minHealthPercent: 20 }
      connectionPool: { http: { http2MaxRequests: 50 } }
    subsets:
      - { name: v1, labels: { version: v1 } }
      - { name: v2, labels: { version: v2 }, trafficPolicy: { loadBalancer: { simple: RANDOM } } }`.replaceAll(
      "\n",
      "\n  ",
    ),
  );

  it("have the policy of their DestinationRule, and subsets of their own", async () => {
    const endpoints = ["shop/reviews/v1=https://r1.example.com", "shop/reviews/v2=https://r2.example.com"];
    const result = imported([GATEWAY, ROUTES, SUBSETS], endpoints);
    const mesh = await meshOf(result);
    const ask = answersOf(mesh);
    expect(["/v2", "/v9", "/"].map((path) => ask(URL + path))).toEqual(["reviews.shop/v2", "500", "reviews.shop"]);
    const named = (name: string) => mesh.services.find((service) => service.name === name)!;
    expect(named("reviews.shop/v2").endpoints.map(({ origin }) => origin)).toEqual(["https://r2.example.com"]);
    expect(named("reviews.shop/v2").loadBalancing.policy).toBe("random");
    expect(named("reviews.shop")).toMatchObject({
      loadBalancing: { policy: "round-robin" },
      slowStart: { windowMs: 45_000, minWeightPercent: 5 },
      limits: { maxRequests: 50 },
      panicThreshold: 20,
      outlierDetection: {
        enabled: true,
        consecutive5xx: 7,
        intervalMs: 10_000,
        baseEjectionTimeMs: 30_000,
        maxEjectionPercent: 10,
        minEjectionHosts: 0,
        enforcingSuccessRate: 0,
      },
    });
    expect(told(result)).toContainEqual(expect.stringContaining("has a subset v9"));
  });

  it("run where a ServiceEntry says, by TLS where a DestinationRule does", async () => {
    const entry = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: partner, namespace: shop }
spec:
  hosts: [api.partner.com]
  resolution: DNS
  ports: [{ number: 80, name: http, protocol: HTTP, targetPort: 443 }]
  endpoints:
    - { address: eu.partner.com, weight: 3, locality: eu-west-1/a/x, labels: { tier: gold } }
    - { address: us.partner.com, ports: { http: 8443 } }`;
    const tls = destinationRule("{ host: api.partner.com, trafficPolicy: { tls: { mode: SIMPLE } } }");
    const mesh = await meshOf(imported([GATEWAY, entry, tls, virtualService("a", bound([to("api.partner.com")]))]));
    expect(mesh.services.map(({ name }) => name)).toEqual(["api.partner.com.80"]);
    expect(mesh.services[0]!.endpoints).toMatchObject([
      {
        origin: "https://eu.partner.com",
        weight: 3,
        labels: { tier: "gold" },
        locality: { region: "eu-west-1", zone: "a" },
      },
      { origin: "https://us.partner.com:8443" },
    ]);
  });

  it("without a known place answer 503, and that is said", () => {
    const result = imported([GATEWAY, virtualService("a", bound([to("nowhere")]))]);
    expect(result.config.services).toMatchObject({ "nowhere.shop": { endpoints: [] } });
    expect(told(result)).toContainEqual(expect.stringContaining("--endpoint 'shop/nowhere=URL'"));
  });
});

describe("what is not carried over", () => {
  it("is said of every policy that keeps requests out and has no place here", () => {
    const policy = (kind: string) =>
      `{ apiVersion: security.istio.io/v1, kind: ${kind}, metadata: { name: p, namespace: shop }, spec: {} }`;
    const kinds = ["AuthorizationPolicy", "PeerAuthentication"];
    const { findings } = imported([GATEWAY, ...kinds.map(policy)]);
    expect(findings.map(({ kind, severity, reason }) => [kind, severity, reason])).toEqual(
      [...kinds].sort().map((kind) => [kind, "dropped", "OpensAccess"]),
    );
  });

  it("names every field that nothing is known of", () => {
    const result = imported([GATEWAY, virtualService("a", bound([to("a", ", newField: { x: 1 }")]))]);
    expect(told(result)).toContain("dropped VirtualService spec.http[0].newField: has no equivalent in Heddle");
  });

  it("includes resources that break their own rules, whole", () => {
    const broken = virtualService("broken", bound(["{ match: [{ uri: { prefix: /x } }] }"]));
    const result = imported([GATEWAY, broken, virtualService("fine", bound([to("a")]))]);
    expect((result.config.routes as { name: string }[]).map(({ name }) => name)).toEqual(["shop/fine"]);
    expect(told(result)).toContain(
      "invalid VirtualService spec.http[0]: needs a route, a redirect or a directResponse",
    );
  });
});

it("gives the same whatever order the documents are in", () => {
  const documents = [
    GATEWAY,
    virtualService("a", bound([to("a")])),
    virtualService("b", bound([to("b")])),
    destinationRule("{ host: a }"),
  ];
  expect(imported([...documents].reverse())).toEqual(imported(documents));
});
