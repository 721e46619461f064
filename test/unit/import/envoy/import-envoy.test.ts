import { describe, expect, it } from "vitest";
import { importEnvoy } from "../../../../src/import/envoy/import-envoy.ts";
import { answersOf, carried, documentsOf, meshOf, optionsOf, told } from "../imported.ts";

const endpoint = (host: string, more = "") =>
  `{ endpoint: { address: { socket_address: { address: ${host}, port_value: 443 } } }${more} }`;
const cluster = (name: string, more = "") =>
  `{ name: ${name}, load_assignment: { cluster_name: ${name}, endpoints: [{ lb_endpoints: [${endpoint(`${name}.example.com`)}] }] }${more} }`;
const table = (virtualHosts: string, more = "") => `{ name: t, virtual_hosts: [${virtualHosts}]${more} }`;
const host = (domains: string, routes: readonly string[], more = "") =>
  `{ name: h, domains: [${domains}], routes: [${routes.join(", ")}]${more} }`;
const go = (match: string, name: string, more = "") => `{ match: { ${match} }, route: { cluster: ${name}${more} } }`;

/** A route table beside clusters. */
function imported(routeConfig: string, clusters: readonly string[] = [], endpoints: readonly string[] = []) {
  const text = `{ route_config: ${routeConfig}, clusters: [${clusters.join(", ")}] }`;
  return carried(importEnvoy(documentsOf(text), optionsOf(endpoints)));
}

const meshFrom = (routes: readonly string[], clusters: readonly string[] = []) =>
  meshOf(imported(table(host('"*"', routes)), clusters));

const URL = "http://any.example.com";

describe("virtual hosts", () => {
  it("are chosen by the most specific domain alone", async () => {
    const hosts = [
      host('"*"', [go("prefix: /", "any")]),
      host('"*.example.com"', [go("prefix: /", "wild")]),
      host('"a.example.com:8080", "b.example.com"', [go("prefix: /only", "exact")]),
    ];
    const result = imported(table(hosts.join(", ")));
    const ask = answersOf(await meshOf(result));
    expect(
      ["http://x.org/", "http://c.d.example.com/", "http://a.example.com/only", "http://a.example.com/"].map(ask),
    ).toEqual(["any", "wild", "exact", "404"]);
    expect(told(result)).toContainEqual(expect.stringContaining("holds for every port of a.example.com"));
  });

  it("lose domains whose wildcard is elsewhere than at the left", () => {
    const result = imported(table(host('"foo.*", "*-x.example.com", "a.example.com"', [go("prefix: /", "a")])));
    expect(result.config.routes).toMatchObject([{ hostnames: ["a.example.com"] }]);
    expect(told(result).filter((line) => line.includes("wildcard"))).toHaveLength(2);
  });
});

describe("routes", () => {
  it("take paths as Envoy does: by character, whole, by element, by pattern", async () => {
    const mesh = await meshFrom([
      go("path_separated_prefix: /elements", "elements"),
      go("prefix: /chars", "chars"),
      go("path: /whole", "whole"),
      go('safe_regex: { regex: "/r[0-9]+" }', "pattern"),
      go("prefix: /ANY, case_sensitive: false", "caseless"),
      go("connect_matcher: {}", "never"),
    ]);
    const ask = answersOf(mesh);
    const paths = ["/elements/x", "/elementsx", "/charsx", "/whole", "/whole/", "/r12", "/r12x", "/any"];
    expect(paths.map((path) => ask(URL + path))).toEqual([
      "elements",
      "404",
      "chars",
      "whole",
      "404",
      "pattern",
      "404",
      "caseless",
    ]);
  });

  it("hold that a header that is missing fits nothing, turned round or not", async () => {
    const env = (more: string) =>
      `headers: [{ name: x-env, string_match: { exact: prod }, invert_match: true${more} }]`;
    const mesh = await meshFrom([
      go(`prefix: /strict, ${env("")}`, "not-prod"),
      go(`prefix: /loose, ${env(", treat_missing_header_as_empty: true")}`, "not-prod"),
      go("prefix: /", "rest"),
    ]);
    const ask = answersOf(mesh);
    const asked = (path: string, value?: string) =>
      ask({ url: URL + path, headers: value === undefined ? {} : { "x-env": value } });
    expect([asked("/strict"), asked("/strict", "dev"), asked("/strict", "prod")]).toEqual(["rest", "not-prod", "rest"]);
    expect([asked("/loose"), asked("/loose", "dev"), asked("/loose", "prod")]).toEqual([
      "not-prod",
      "not-prod",
      "rest",
    ]);
  });

  it("look at methods, prefixes, suffixes, parts of headers, and queries", async () => {
    const header = (name: string, how: string) => `prefix: /, headers: [{ name: "${name}", string_match: { ${how} } }]`;
    const mesh = await meshFrom([
      go(header(":method", 'safe_regex: { regex: "P(OST|UT)" }'), "writes"),
      go(header("x-a", "contains: '+b'"), "contains"),
      go(header("x-a", "suffix: z, ignore_case: true"), "suffix"),
      go("prefix: /, query_parameters: [{ name: q, string_match: { prefix: x } }]", "query"),
    ]);
    const ask = answersOf(mesh);
    const withA = (value: string) => ask({ url: `${URL}/`, headers: { "x-a": value } });
    expect([
      ask({ url: `${URL}/`, method: "PUT" }),
      withA("a+bc"),
      withA("abc"),
      withA("xyZ"),
      ask(`${URL}/?q=xy`),
    ]).toEqual(["writes", "contains", "404", "suffix", "query"]);
  });

  it("make one weighted split of a share and the rest", async () => {
    const share = "runtime_fraction: { default_value: { numerator: 5, denominator: TEN_THOUSAND } }";
    const mesh = await meshFrom([go(`prefix: /, ${share}`, "canary"), go("prefix: /", "stable")]);
    expect(answersOf(mesh)(`${URL}/`)).toBe("canary, stable 1999");
  });

  it("lose a share that has no counterpart, rather than take all", async () => {
    const result = imported(
      table(
        host('"*"', [
          go("prefix: /a, runtime_fraction: { default_value: { numerator: 5 } }", "a"),
          go("prefix: /", "b"),
        ]),
      ),
    );
    expect(answersOf(await meshOf(result))(`${URL}/a`)).toBe("b");
    expect(told(result)).toContainEqual(expect.stringContaining("match.runtime_fraction: a share of requests"));
  });

  it("redirect and answer", async () => {
    const mesh = await meshFrom([
      "{ match: { path: /old }, redirect: { path_redirect: /new, https_redirect: true, strip_query: true, response_code: SEE_OTHER } }",
      "{ match: { prefix: / }, direct_response: { status: 503, body: { inline_string: closed } } }",
    ]);
    expect(mesh.routes[0]!.rules[0]!.filters?.answer).toMatchObject({
      scheme: "https",
      statusCode: 303,
      stripQuery: true,
      path: { type: "ReplaceFullPath", value: "/new" },
    });
    expect(answersOf(mesh)(`${URL}/`)).toBe("response 503");
  });

  it("have Envoy's timeout and no retries unless they say so", async () => {
    const policy = ", timeout: 2s, retry_policy: { retry_on: '5xx', num_retries: 3, per_try_timeout: 0.5s }";
    const mesh = await meshFrom([
      go("prefix: /a", "a", policy),
      go("prefix: /b", "b", ", timeout: 0s"),
      go("prefix: /", "c"),
    ]);
    const policies = mesh.routes[0]!.rules.map((rule) => mesh.policies[rule.backendRefs[0]!.policy]!);
    expect(policies).toMatchObject([
      { requestTimeoutMs: 2_000, attemptTimeoutMs: 500, retry: { attempts: 3, methods: ["*"], onReset: true } },
      { requestTimeoutMs: 0, retry: { attempts: 0 } },
      { requestTimeoutMs: 15_000, attemptTimeoutMs: 15_000, retry: { attempts: 0 } },
    ]);
    expect(policies[0]!.retry.codes).toHaveLength(100);
  });

  it("run header mutations from the most specific level outwards", () => {
    const set = (value: string) =>
      `[{ header: { key: x-level, value: ${value} }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]`;
    const routes = [`{ match: { prefix: / }, request_headers_to_add: ${set("route")}, route: { cluster: a } }`];
    const levels = (more: string) =>
      imported(table(host('"*"', routes, `, request_headers_to_add: ${set("host")}`), more)).config.routes;
    const filters = (value: string) => [
      { rules: [{ filters: [{ requestHeaderModifier: { set: [{ name: "x-level", value }] } }] }] },
    ];
    expect(levels("")).toMatchObject(filters("host"));
    expect(levels(", most_specific_header_mutations_wins: true")).toMatchObject(filters("route"));
  });
});

describe("clusters", () => {
  it("become services with Envoy's defaults", async () => {
    const mesh = await meshFrom([go("prefix: /", "a")], [cluster("a")]);
    expect(mesh.services).toMatchObject([
      {
        name: "a",
        endpoints: [{ origin: "http://a.example.com:443" }],
        loadBalancing: { policy: "round-robin" },
        panicThreshold: 50,
        outlierDetection: { enabled: false },
        circuitBreaker: { enabled: false },
        slowStart: null,
        limits: { maxRequests: 1_024 },
        failover: { allOut: "panic" },
      },
    ]);
  });

  it("keep their outlier detection, checks, limits, slow start and panic threshold", async () => {
    const more = `, lb_policy: LEAST_REQUEST,
      least_request_lb_config: { choice_count: 4, slow_start_config: { slow_start_window: 20s, min_weight_percent: { value: 5 } } },
      outlier_detection: { consecutive_5xx: 3, max_ejection_percent: 40, always_eject_one_host: true, enforcing_success_rate: 0 },
      health_checks: [{ timeout: 1s, interval: 4s, unhealthy_threshold: 5, healthy_threshold: 1,
        http_health_check: { path: /up, expected_statuses: [{ start: 200, end: 300 }] } }],
      circuit_breakers: { thresholds: [{ max_requests: 7, retry_budget: { budget_percent: { value: 30 } } }] },
      common_lb_config: { healthy_panic_threshold: { value: 0 } },
      transport_socket: { name: envoy.transport_sockets.tls }`;
    const [service] = (await meshFrom([go("prefix: /", "a")], [cluster("a", more)])).services;
    expect(service).toMatchObject({
      endpoints: [{ origin: "https://a.example.com" }],
      loadBalancing: { policy: "least-request", choiceCount: 4 },
      slowStart: { windowMs: 20_000, minWeightPercent: 5 },
      outlierDetection: {
        consecutive5xx: 3,
        maxEjectionPercent: 40,
        minEjectionHosts: 1,
        enforcingSuccessRate: 0,
        baseEjectionTimeMs: 30_000,
        maxEjectionTimeMs: 300_000,
        maxEjectionTimeJitterMs: 0,
      },
      healthChecks: [
        { path: "/up", intervalMs: 4_000, edgeIntervalMs: 4_000, expectedStatuses: [[200, 299]], jitterPercent: 0 },
      ],
      limits: { maxRequests: 7 },
      retryBudget: { percent: 30 },
      panicThreshold: 0,
      failover: { allOut: "fail" },
    });
  });

  it("hash what the route says", async () => {
    const hashing = ", hash_policy: [{ cookie: { name: user } }]";
    const [service] = (await meshFrom([go("prefix: /", "a", hashing)], [cluster("a", ", lb_policy: MAGLEV")])).services;
    expect(service!.loadBalancing).toMatchObject({
      policy: "maglev",
      hash: { on: [{ type: "cookie", name: "user" }], tableSize: 65_537 },
    });
  });

  it("are balanced by turns where the policy is nobody's, were it the name of a method", async () => {
    const result = imported(table(host('"*"', [go("prefix: /", "a")])), [cluster("a", ", lb_policy: toString")]);
    expect((await meshOf(result)).services[0]!.loadBalancing.policy).toBe("round-robin");
    expect(told(result)).toContainEqual(expect.stringContaining("toString has no equivalent"));
  });

  it("are refused for an address that is longer than any", () => {
    const far = `{ name: a, load_assignment: { endpoints: [{ lb_endpoints: [${endpoint("x".repeat(5_000))}] }] } }`;
    expect(() => imported(table(host('"*"', [go("prefix: /", "a")])), [far])).toThrow(/x{60} is not an address/);
  });

  it("keep localities, priorities and weights", async () => {
    const spread = `{ name: a, load_assignment: { cluster_name: a, endpoints: [
      { locality: { region: us-east-1, zone: b }, lb_endpoints: [${endpoint("x.example.com", ", load_balancing_weight: 3")}] },
      { priority: 1, lb_endpoints: [${endpoint("y.example.com")}, ${endpoint("z.example.com", ", health_status: DRAINING")}] } ] } }`;
    const [service] = (await meshFrom([go("prefix: /", "a")], [spread])).services;
    expect(service!.endpoints).toMatchObject([
      { weight: 3, priority: 0, locality: { region: "us-east-1", zone: "b" } },
      { weight: 1, priority: 1 },
    ]);
  });

  it("have subsets by the metadata that routes ask for", async () => {
    const labelled = (name: string) =>
      endpoint(`${name}.example.com`, `, metadata: { filter_metadata: { envoy.lb: { version: ${name} } } }`);
    const subsets = `{ name: a, lb_subset_config: { subset_selectors: [{ keys: [version] }] },
      load_assignment: { cluster_name: a, endpoints: [{ lb_endpoints: [${labelled("v1")}, ${labelled("v2")}] }] } }`;
    const asks = ", metadata_match: { filter_metadata: { envoy.lb: { version: v2 } } }";
    const mesh = await meshFrom([go("prefix: /", "a", asks)], [subsets]);
    expect(answersOf(mesh)(`${URL}/`)).toBe("a/version-v2");
    expect(mesh.services.find(({ name }) => name === "a/version-v2")!.endpoints).toMatchObject([
      { origin: "http://v2.example.com:443" },
    ]);
  });

  it("take endpoints from the command line, and answer 503 where nothing is known", async () => {
    const routes = table(host('"*"', [go("prefix: /a", "a"), go("prefix: /", "b")]));
    const result = imported(routes, [], ["a=https://a1.example.com", "a=https://a2.example.com"]);
    const { services } = await meshOf(result);
    expect(services.map(({ endpoints }) => endpoints.map(({ origin }) => origin))).toEqual([
      ["https://a1.example.com", "https://a2.example.com"],
      [],
    ]);
    expect(told(result)).toContainEqual(expect.stringContaining("--endpoint 'b=URL'"));
  });
});

describe("listeners", () => {
  const listener = (name: string, port: number, manager: string, chain = "") => `
    { name: ${name}, address: { socket_address: { address: 0.0.0.0, port_value: ${port} } }, filter_chains: [{ filters: [{
      name: envoy.filters.network.http_connection_manager, typed_config: { stat_prefix: s, ${manager} } }]${chain} }] }`;
  const bootstrap = (...listeners: readonly string[]) =>
    importEnvoy(documentsOf(`{ static_resources: { listeners: [${listeners.join(", ")}] } }`), optionsOf());

  it("are told apart by port, and by server name where they have TLS", async () => {
    const routes = (name: string) => `route_config: ${table(host('"*"', [go("prefix: /", name)]))}`;
    const tls =
      ', filter_chain_match: { server_names: ["a.example.com"] }, transport_socket: { name: tls, typed_config: {} }';
    const result = carried(bootstrap(listener("plain", 80, routes("a")), listener("secure", 443, routes("b"), tls)));
    const ask = answersOf(await meshOf(result));
    expect(["http://x.org/", "https://a.example.com/", "https://x.org/"].map(ask)).toEqual(["a", "b", "404"]);
  });

  it("send a virtual host to HTTPS that requires TLS", async () => {
    const config = `route_config: ${table(host('"*"', [go("prefix: /", "a")], ", require_tls: ALL"))}`;
    const ask = answersOf(await meshOf(carried(bootstrap(listener("plain", 80, config)))));
    expect(["http://x.org/", "https://x.org/"].map(ask)).toEqual(["redirect 301", "404"]);
  });

  it("say which of their filters kept requests out", () => {
    const config = `http_filters: [{ name: envoy.filters.http.rbac }, { name: envoy.filters.http.gzip }, { name: envoy.filters.http.router }],
      route_config: ${table(host('"*"', [go("prefix: /", "a")]))}`;
    const { findings } = carried(bootstrap(listener("plain", 80, config)));
    expect(findings.filter(({ path }) => path.includes("http_filters")).map(({ reason }) => reason)).toEqual([
      "OpensAccess",
      "NotSupported",
    ]);
  });

  it("take both spellings of names", () => {
    const camel = `{ staticResources: { listeners: [{ name: l, address: { socketAddress: { portValue: 80 } }, filterChains: [{ filters: [{
      name: envoy.filters.network.http_connection_manager,
      typedConfig: { routeConfig: { name: t, virtualHosts: [{ name: h, domains: ["*"], routes: [
        { match: { pathSeparatedPrefix: /a }, directResponse: { status: 204 } } ] }] } } }] }] }] } }`;
    const result = carried(importEnvoy(documentsOf(camel), optionsOf()));
    expect(result.findings).toEqual([]);
    expect(result.config.routes).toMatchObject([{ rules: [{ filters: [{ directResponse: { status: 204 } }] }] }]);
  });
});

it("refuses what Envoy would not take, with every place", () => {
  const text =
    "{ route_config: { name: t, virtual_hosts: [{ name: h, domains: ['*'], routes: [{ match: {}, route: { cluster: 7 } }] }] } }";
  expect(importEnvoy(documentsOf(text), optionsOf())).toMatchObject({
    refusal: expect.stringMatching(/routes\[0\]\.match: needs one of.*routes\[0\]\.route\.cluster: has to be text/s),
  });
});

it("refuses a document without routes or clusters", () => {
  expect(importEnvoy(documentsOf("{ admin: {} }"), optionsOf())).toHaveProperty("refusal");
});
