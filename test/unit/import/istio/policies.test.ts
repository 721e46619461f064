/** What policies hold for after an import: selectors, target references, authorizers of the mesh config, and what is said of the rest. */
import { describe, expect, it } from "vitest";
import { authorize, authorizersOf, observe, openAuthorization } from "../../../../src/core/authz/authorize.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";
import { matchRoute } from "../../../../src/core/route/match.ts";
import { openRoutes } from "../../../../src/core/route/table.ts";
import { importIstio } from "../../../../src/import/istio/import-istio.ts";
import { subject } from "../../core/authz/subjects.ts";
import { carried, documentsOf, meshOf, optionsOf, told } from "../imported.ts";

const service = (name: string, selector: string, namespace = "shop") => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: ${selector}, ports: [{ port: 80, name: http }] }
`;
/** Pods of the service \`cart\`, with their labels. */
const pods = (...labels: readonly string[]) => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: cart-1, namespace: shop, labels: { kubernetes.io/service-name: cart } }
addressType: IPv4
ports: [{ name: http, port: 80 }]
endpoints: [${labels.map((_, n) => `{ addresses: [203.0.113.${n + 1}], targetRef: { kind: Pod, name: pod-${n} } }`).join(", ")}]
${labels
  .map(
    (one, n) => `
---
apiVersion: v1
kind: Pod
metadata: { name: pod-${n}, namespace: shop, labels: ${one} }
spec: {}
`,
  )
  .join("")}`;

const DOCUMENTS = [
  `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
`,
  `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: all, namespace: shop }
spec:
  hosts: ["*"]
  gateways: [edge]
  http:
    - { match: [{ uri: { prefix: /cart } }], route: [{ destination: { host: cart } }] }
    - { match: [{ uri: { prefix: /pay } }], route: [{ destination: { host: pay } }] }
    - { match: [{ uri: { prefix: /other } }], route: [{ destination: { host: away.elsewhere.svc.cluster.local } }] }
`,
  service("cart", "{ app: cart }"),
  service("pay", "{ app: pay }"),
  service("away", "{ app: away }", "elsewhere"),
];
const ENDPOINTS = ["shop/cart", "shop/pay", "elsewhere/away"].map((name) => `${name}=https://any.example.com`);

const policy = (
  spec: string,
  { name = "p", namespace = "shop", kind = "AuthorizationPolicy", annotations = "{}" } = {},
) => `
apiVersion: security.istio.io/v1
kind: ${kind}
metadata: { name: ${name}, namespace: ${namespace}, annotations: ${annotations} }
spec: ${spec}
`;
const DENY_ALL = "action: DENY, rules: [{}]";

function imported(...documents: readonly string[]) {
  return carried(importIstio(documentsOf([...DOCUMENTS, ...documents].join("\n---\n")), optionsOf(ENDPOINTS)));
}

/** What of the mesh is decided at once, for a path. */
function opened(mesh: Mesh, path: string) {
  const head = subject({ path, scheme: "http", port: 80 }).head;
  const found = matchRoute(openRoutes(mesh), head);
  if (found === null) throw new Error(`nothing matches ${path}`);
  const guard = found.rule.guard === undefined ? undefined : mesh.guards![found.rule.guard]!;
  const policies = (guard?.authorize?.policies ?? []).map((index) => mesh.authorization!.policies[index]!);
  return { open: openAuthorization(policies, "literal"), request: subject({ path, scheme: "http", port: 80 }), guard };
}

/** Which of the three services a request may reach. */
async function reached(...documents: readonly string[]): Promise<readonly string[]> {
  const mesh = await meshOf(imported(...documents));
  return ["cart", "pay", "other"].filter((name) => {
    const { open, request } = opened(mesh, `/${name}/1`);
    return authorize(open, request).allowed;
  });
}

describe("what an AuthorizationPolicy holds for", () => {
  it.each([
    ["everything, in the root namespace", policy(`{ ${DENY_ALL} }`, { namespace: "istio-system" }), []],
    ["its namespace", policy(`{ ${DENY_ALL} }`, { namespace: "elsewhere" }), ["cart", "pay"]],
    [
      "an empty selector as none",
      policy(`{ selector: { matchLabels: {} }, ${DENY_ALL} }`, { namespace: "elsewhere" }),
      ["cart", "pay"],
    ],
    [
      "services whose Pods a selector covers",
      policy(`{ selector: { matchLabels: { app: cart } }, ${DENY_ALL} }`),
      ["pay", "other"],
    ],
    [
      "those of its own namespace only",
      policy(`{ selector: { matchLabels: { app: away } }, ${DENY_ALL} }`),
      ["cart", "pay", "other"],
    ],
    [
      "those of all namespaces, from the root one",
      policy(`{ selector: { matchLabels: { app: away } }, ${DENY_ALL} }`, { namespace: "istio-system" }),
      ["cart", "pay"],
    ],
    [
      "what comes in at a gateway with these labels",
      policy(`{ selector: { matchLabels: { istio: ingressgateway } }, ${DENY_ALL} }`),
      [],
    ],
    ["a Service by targetRef", policy(`{ targetRef: { kind: Service, name: cart }, ${DENY_ALL} }`), ["pay", "other"]],
    [
      "several by targetRefs",
      policy(`{ targetRefs: [{ kind: Service, name: cart }, { kind: Service, name: pay }], ${DENY_ALL} }`),
      ["other"],
    ],
    [
      "a Gateway by targetRefs",
      policy(`{ targetRefs: [{ group: networking.istio.io, kind: Gateway, name: edge }], ${DENY_ALL} }`),
      [],
    ],
  ])("is %s", async (_, document, expected) => {
    expect(await reached(document)).toEqual(expected);
  });

  it.each([
    [
      "both a selector and references",
      "selector: { matchLabels: { app: cart } }, targetRefs: [{ kind: Service, name: cart }]",
      "only one of targetRefs or selector can be set",
    ],
    ["a reference without a name", "targetRefs: [{ kind: Service }]", "is required"],
    [
      "a reference to another namespace",
      "targetRefs: [{ kind: Service, name: away, namespace: elsewhere }]",
      "cross namespace referencing is not supported",
    ],
  ])("is nothing for %s, which is invalid and said", (_, target, message) => {
    const result = imported(policy(`{ ${target}, ${DENY_ALL} }`));
    expect(told(result)).toContainEqual(expect.stringMatching(new RegExp(`^invalid AuthorizationPolicy .*${message}`)));
    expect(JSON.stringify(result.config)).not.toContain("authorization");
  });

  it("is said to be nothing where nothing that was imported fits: what it kept out may get in", () => {
    for (const target of ["selector: { matchLabels: { app: gone } }", "targetRefs: [{ kind: Service, name: gone }]"]) {
      const { findings } = imported(policy(`{ ${target}, ${DENY_ALL} }`));
      expect(findings).toContainEqual(expect.objectContaining({ kind: "AuthorizationPolicy", reason: "OpensAccess" }));
    }
    const { findings } = imported(policy(`{ targetRefs: [{ kind: Gateway, name: gone }], ${DENY_ALL} }`));
    const message = expect.stringContaining("Gateway gone is not among");
    expect(findings).toContainEqual(expect.objectContaining({ reason: "OpensAccess", message }));
  });
});

describe("a selector that fits some workloads of a service", () => {
  const v1 = (action: string, name = "p", version = "v1") =>
    policy(
      `{ selector: { matchLabels: { app: cart, version: ${version} } }, action: ${action}, rules: [{ to: [{ operation: { methods: [GET] } }] }] }`,
      { name },
    );
  const PODS = pods("{ app: cart, version: v1 }", "{ app: cart, version: v2 }");
  const parts = (...documents: readonly string[]) =>
    imported(...documents).findings.flatMap(({ path, reason, message }) =>
      message.startsWith("selects some") ? [`${reason} ${path}: ${message.slice(0, 75)}`] : [],
    );
  const SAID = "selects some of the workloads of cart.shop.svc.cluster.local, and";

  it.each(["ALLOW", "DENY", "AUDIT"])("is a finding for %s, since it holds for all of them here", (action) => {
    expect(parts(PODS, v1(action))).toEqual([
      expect.stringContaining(`WorksDifferently spec.selector: ${SAID} here it`),
    ]);
  });

  it("opens access where others admit to the rest: each admits to all", () => {
    const found = parts(PODS, v1("ALLOW", "a"), v1("ALLOW", "b", "v2"));
    expect(found).toEqual([
      expect.stringContaining(`OpensAccess spec.selector: ${SAID} what it`),
      expect.stringContaining(`OpensAccess spec.selector: ${SAID} what it`),
    ]);
  });

  it("is one where the Pods are not known, and none where all that are known fit", () => {
    expect(parts(v1("ALLOW"))).toHaveLength(1);
    expect(parts(pods("{ app: cart, version: v1 }"), v1("ALLOW"))).toEqual([]);
    expect(parts(PODS, policy("{ selector: { matchLabels: { app: cart } }, rules: [{}] }"))).toEqual([]);
    expect(parts(PODS, policy("{ rules: [{}] }"))).toEqual([]);
  });

  it("is one for a RequestAuthentication as well", () => {
    const rules = 'jwtRules: [{ issuer: "https://idp.example.com", jwksUri: "https://idp.example.com/jwks" }]';
    const spec = `{ selector: { matchLabels: { app: cart, version: v1 } }, ${rules} }`;
    expect(parts(PODS, policy(spec, { kind: "RequestAuthentication" }))).toHaveLength(1);
  });
});

describe("policies of several points that Istio asks apart", () => {
  const only = (selector: string, name: string, rest = "rules: [{ to: [{ operation: { methods: [GET] } }] }]") =>
    policy(`{ selector: { matchLabels: ${selector} }, ${rest} }`, { name });
  const GATEWAY = "{ istio: ingressgateway }";
  const SPLIT = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: split, namespace: shop }
spec:
  hosts: [split.example.com]
  gateways: [edge]
  http: [{ route: [{ destination: { host: cart }, weight: 50 }, { destination: { host: pay }, weight: 50 }] }]
`;
  const noted = (text: string, ...documents: readonly string[]) =>
    imported(...documents).findings.flatMap(({ name, reason, message }) =>
      message.includes(text) ? [`${name} ${reason}`] : [],
    );
  const APART = "asks the ALLOW policies of the gateway and those of each service apart";
  const SOME = "some of the services that a rule divides its requests among";

  it("open access by ALLOW: what one admits, another would have refused", () => {
    const both = [only(GATEWAY, "g"), only("{ app: cart }", "s")];
    expect(noted(APART, ...both)).toEqual(["shop/g OpensAccess", "shop/s OpensAccess"]);
    expect(noted(APART, SPLIT, only("{ app: cart }", "a"), only("{ app: pay }", "b"))).toEqual([
      "shop/a OpensAccess",
      "shop/b OpensAccess",
    ]);
    const root = policy("{ rules: [{ to: [{ operation: { methods: [GET] } }] }] }", {
      namespace: "istio-system",
      name: "r",
    });
    expect(noted(APART, root, only("{ app: cart }", "s"))).toEqual([
      "istio-system/r OpensAccess",
      "shop/s OpensAccess",
    ]);
  });

  it("are no finding where one point has any, where all are asked at each, or where they decide nothing", () => {
    expect(noted(APART, only(GATEWAY, "g"))).toEqual([]);
    expect(noted(APART, only("{ app: cart }", "a"), only("{ app: cart }", "b"))).toEqual([]);
    expect(noted(APART, only(GATEWAY, "g", DENY_ALL), only("{ app: cart }", "s"))).toEqual([]);
    expect(noted(APART, only(GATEWAY, "g", "action: AUDIT, rules: [{}]"), only("{ app: cart }", "s"))).toEqual([]);
    expect(noted(SOME, SPLIT, policy(`{ ${DENY_ALL} }`, { namespace: "shop" }))).toEqual([]);
  });

  it.each(["ALLOW", "DENY"])("refuse more by %s of one service of a split, and that is said", (action) => {
    const one = only("{ app: cart }", "s", `action: ${action}, rules: [{ to: [{ operation: { methods: [GET] } }] }]`);
    expect(noted(SOME, SPLIT, one)).toEqual(["shop/s WorksDifferently"]);
    expect(noted(SOME, one)).toEqual([]);
  });

  it("compare another address: a workload saw the gateway's", () => {
    const from = "rules: [{ from: [{ source: { ipBlocks: [10.0.0.0/8] } }] }]";
    const when = 'rules: [{ when: [{ key: source.ip, values: ["10.0.0.0/8"] }] }]';
    for (const rules of [from, when]) {
      expect(noted("the workload saw", only("{ app: cart }", "s", rules))).toEqual(["shop/s WorksDifferently"]);
      expect(noted("the workload saw", only(GATEWAY, "g", rules))).toEqual([]);
    }
  });
});

describe("a selector of labels that the documents do not tell", () => {
  const web = (kind: string, rest: string) =>
    policy(`{ selector: { matchLabels: { tier: web } }, ${rest} }`, { kind, name: "p" });
  const jwt = 'jwtRules: [{ issuer: "https://idp.example.com", jwksUri: "https://idp.example.com/jwks" }]';
  const noted = (...documents: readonly string[]) =>
    imported(...documents).findings.flatMap(({ reason, message }) =>
      message.startsWith("may select") ? [`${reason} ${message.split(" ")[4]}`] : [],
    );

  it.each([
    ["AuthorizationPolicy", DENY_ALL],
    ["AuthorizationPolicy", "rules: [{}]"],
    ["RequestAuthentication", jwt],
  ])("is a finding for each service that may be meant, since a %s does not hold there", (kind, rest) => {
    expect(noted(web(kind, rest))).toEqual([
      "OpensAccess cart.shop.svc.cluster.local,",
      "OpensAccess pay.shop.svc.cluster.local,",
    ]);
  });

  it("is none where the Pods are given, or have other labels by their Service", () => {
    expect(noted(pods("{ app: cart }"), web("AuthorizationPolicy", DENY_ALL))).toEqual([
      "OpensAccess pay.shop.svc.cluster.local,",
    ]);
    expect(noted(policy(`{ selector: { matchLabels: { app: gone } }, ${DENY_ALL} }`))).toEqual([]);
  });

  it("of a Gateway holds for all that comes in there, and is a finding", async () => {
    const some = policy(`{ selector: { matchLabels: { istio: ingressgateway, zone: a } }, ${DENY_ALL} }`);
    expect(await reached(some)).toEqual([]);
    expect(told(imported(some))).toContainEqual(expect.stringMatching(/selects some of the workloads of the Gateway/));
  });
});

describe("every field of the two kinds", () => {
  const SOURCE = (field: string) => `rules: [{ from: [{ source: { ${field} } }] }]`;
  const OPERATION = (field: string) => `rules: [{ to: [{ operation: { ${field} } }] }]`;
  const WHEN = (key: string, value: string) => `rules: [{ when: [{ key: "${key}", values: ["${value}"] }] }]`;
  const RULE = (field: string) => `jwtRules: [{ issuer: idp, jwksUri: "https://idp.example.com/jwks", ${field} }]`;

  it.each([
    ["requestPrincipals", SOURCE("requestPrincipals: [carried-over]")],
    ["notRequestPrincipals", SOURCE("notRequestPrincipals: [carried-over]")],
    ["remoteIpBlocks", SOURCE("remoteIpBlocks: [192.0.2.77]"), "192.0.2.77"],
    ["notRemoteIpBlocks", SOURCE("notRemoteIpBlocks: [192.0.2.77]"), "192.0.2.77"],
    ["hosts", OPERATION("hosts: [carried-over]")],
    ["notHosts", OPERATION("notHosts: [carried-over]")],
    ["ports", OPERATION('ports: ["7777"]'), "7777"],
    ["notPorts", OPERATION('notPorts: ["7777"]'), "7777"],
    ["methods", OPERATION("methods: [PATCH]"), "PATCH"],
    ["notMethods", OPERATION("notMethods: [PATCH]"), "PATCH"],
    ["paths", OPERATION("paths: [/carried-over]")],
    ["notPaths", OPERATION("notPaths: [/carried-over]")],
    ["a header", WHEN("request.headers[x-a]", "carried-over")],
    ["the address", WHEN("remote.ip", "192.0.2.77"), "192.0.2.77"],
    ["the principal", WHEN("request.auth.principal", "carried-over")],
    ["audiences", WHEN("request.auth.audiences", "carried-over")],
    ["the presenter", WHEN("request.auth.presenter", "carried-over")],
    ["a claim", WHEN("request.auth.claims[team]", "carried-over")],
    ["the port", WHEN("destination.port", "7777"), "7777"],
    ["the audiences of a token", RULE("audiences: [carried-over]")],
    ["where it is, in a header", RULE("fromHeaders: [{ name: carried-over }]")],
    ["where it is, in a parameter", RULE("fromParams: [carried-over]")],
    ["where it is, in a cookie", RULE("fromCookies: [carried-over]")],
    ["claims in headers", RULE("outputClaimToHeaders: [{ header: carried-over, claim: sub }]")],
    ["the token for the service", RULE("forwardOriginalToken: true"), '"forward":true'],
    ["a time to fetch keys in", RULE("timeout: 7s"), "7000ms"],
  ])("is carried over, and no finding: %s", (_, spec, text = "carried-over") => {
    const kind = spec.startsWith("jwtRules") ? "RequestAuthentication" : "AuthorizationPolicy";
    const result = imported(policy(`{ selector: { matchLabels: { app: cart } }, ${spec} }`, { kind }));
    expect(JSON.stringify(result.config)).toContain(text);
    expect(result.findings.filter((finding) => finding.kind === kind)).toEqual([]);
  });

  it.each([
    ["principals", SOURCE("principals: [a]")],
    ["notPrincipals", SOURCE("notPrincipals: [a]")],
    ["namespaces", SOURCE("namespaces: [a]")],
    ["notNamespaces", SOURCE("notNamespaces: [a]")],
    ["serviceAccounts", SOURCE("serviceAccounts: [a]")],
    ["notServiceAccounts", SOURCE("notServiceAccounts: [a]")],
    ["trustDomains", SOURCE("trustDomains: [a]")],
    ["ipBlocks", SOURCE("ipBlocks: [10.0.0.0/8]")],
    ["notIpBlocks", SOURCE("notIpBlocks: [10.0.0.0/8]")],
    ["a port of a host", OPERATION('hosts: ["a.example.com:8080"]')],
    ["source.ip", WHEN("source.ip", "10.0.0.0/8")],
    ["source.namespace", WHEN("source.namespace", "a")],
    ["source.principal", WHEN("source.principal", "a")],
    ["source.serviceAccount", WHEN("source.serviceAccount", "a/b")],
    ["destination.ip", WHEN("destination.ip", "10.0.0.1")],
    ["connection.sni", WHEN("connection.sni", "a.example.com")],
    ["a filter's metadata", WHEN("experimental.envoy.filters.network.x[y]", "a")],
    ["a field of later", OPERATION("verbs: [a]")],
    ["a selector of later", "rules: [{}], targetSelector: { a: b }"],
    ["outputPayloadToHeader", RULE("outputPayloadToHeader: x")],
    ["spaceDelimitedClaims", RULE("spaceDelimitedClaims: [roles]")],
    ["a timeout beyond what can be set", RULE("timeout: 60s")],
    ["a field of a token of later", RULE("more: 1")],
    ["a token without keys", "jwtRules: [{ issuer: idp }]"],
  ])("is a finding where it is not carried over as it was: %s", (_, spec) => {
    const kind = spec.startsWith("jwtRules") ? "RequestAuthentication" : "AuthorizationPolicy";
    const { findings } = imported(policy(`{ selector: { matchLabels: { app: cart } }, ${spec} }`, { kind }));
    expect(findings.filter((finding) => finding.kind === kind)).not.toEqual([]);
  });
});

describe("AUDIT, CUSTOM and dry runs", () => {
  const MESH_CONFIG = (provider: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
  mesh: |-
    extensionProviders:
      - ${provider}
`;
  const HTTP = `{ name: asks, envoyExtAuthzHttp: { service: authz.shop.svc.cluster.local, port: 8000, timeout: 0.5s, failOpen: true, headersToUpstreamOnAllow: [X-User] } }`;
  const CUSTOM = policy(
    "{ action: CUSTOM, provider: { name: asks }, rules: [{ to: [{ operation: { paths: [/cart*] } }] }] }",
  );
  const withAuthorizer = (...documents: readonly string[]) =>
    carried(
      importIstio(
        documentsOf([...DOCUMENTS, service("authz", "{ app: authz }"), ...documents].join("\n---\n")),
        optionsOf([...ENDPOINTS, "shop/authz:8000=https://authz.example.com"]),
      ),
    );

  it("asks the authorizer that the mesh config names, as it says", async () => {
    const result = withAuthorizer(MESH_CONFIG(HTTP), CUSTOM);
    expect(told(result)).toEqual([]);
    const mesh = await meshOf(result);
    expect(mesh.authentication?.providers).toMatchObject([
      {
        type: "external",
        name: "asks",
        url: "https://authz.example.com",
        timeoutMs: 500,
        onFailure: "allow",
        upstreamHeaders: ["x-user"],
      },
    ]);
    const asked = (path: string) => authorizersOf(opened(mesh, path).open, opened(mesh, path).request);
    expect([asked("/cart/1").length, asked("/pay/1").length]).toEqual([1, 0]);
  });

  it.each([
    ["the mesh config is missing", [], "no extensionProvider asks was given"],
    [
      "it names another",
      [MESH_CONFIG(HTTP.replace("name: asks", "name: other"))],
      "no extensionProvider asks was given",
    ],
    [
      "it speaks gRPC",
      [MESH_CONFIG("{ name: asks, envoyExtAuthzGrpc: { service: authz.shop.svc.cluster.local, port: 9000 } }")],
      "no extensionProvider asks was given",
    ],
    [
      "its place is not known",
      [MESH_CONFIG(HTTP.replace("port: 8000", "port: 9000"))],
      "no extensionProvider asks was given",
    ],
  ])("refuses what it would ask about where %s, and says so", async (_, documents, message) => {
    const result = withAuthorizer(...documents, CUSTOM);
    expect(told(result)).toContainEqual(expect.stringContaining(message));
    const mesh = await meshOf(result);
    const decided = (path: string) => authorize(opened(mesh, path).open, opened(mesh, path).request).allowed;
    expect([decided("/cart/1"), decided("/pay/1")]).toEqual([false, true]);
  });

  it("decides nothing by AUDIT and by what is annotated as a dry run, and notes both", async () => {
    const audit = policy("{ action: AUDIT, rules: [{}] }", { name: "a" });
    const dryRun = policy(`{ ${DENY_ALL} }`, { name: "d", annotations: '{ "istio.io/dry-run": "true" }' });
    const mesh = await meshOf(imported(audit, dryRun));
    const { open, request } = opened(mesh, "/cart/1");
    const decision = authorize(open, request);
    expect(decision.allowed).toBe(true);
    expect(observe(open, request, decision)).toMatchObject([
      { type: "audit", policy: "shop.a" },
      { type: "dry-run", decision: { allowed: false, policy: "shop.d" } },
    ]);
  });

  it("says what is invalid: an action of no kind, a provider without CUSTOM, CUSTOM without a provider", () => {
    for (const [spec, path] of [
      ["{ action: PERMIT, rules: [{}] }", "spec.action"],
      ["{ action: DENY, provider: { name: asks }, rules: [{}] }", "spec.provider"],
      ["{ action: CUSTOM, rules: [{}] }", "spec.provider"],
    ] as const) {
      expect(told(imported(policy(spec)))).toContainEqual(
        expect.stringContaining(`invalid AuthorizationPolicy ${path}`),
      );
    }
  });
});
