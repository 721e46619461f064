/** What fuzzing starts from: configs and documents as people write them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { arbitraryConfig } from "../unit/config/arbitrary-config.ts";

const root = resolve(import.meta.dirname, "../..");

/** One of most things a config may say. */
export const RICH_CONFIG = `
listeners:
  - { name: web, hostname: "*.example.com", port: 443, protocol: HTTPS }
services:
  shop:
    aliases: [store]
    endpoints:
      - { id: aws, url: "https://shop.aws.example.com/base", locality: { cloud: aws, region: us-east-1 }, weight: 2, labels: { v: "1" } }
      - { id: gcp, url: "https://shop.gcp.example.com", headers: { x-from: heddle }, priority: 1 }
    loadBalancing: { policy: ring-hash, hash: { on: [{ type: header, name: x-user }], minimumRingSize: 128 } }
    healthChecks: [{ path: /healthz, interval: 5s, expectedStatuses: [200, "2xx"] }, { type: tcp }]
    outlierDetection: { consecutive5xx: 7, maxEjectionPercent: 34 }
    circuitBreaker: { threshold: 8, probeInterval: 500ms }
    failover: { mode: time-window, failures: 3, window: 10s, quiet: 30s }
    retry: { attempts: 3, codes: [502, 503], methods: [GET], budget: { percent: 10 } }
    hedge: { percentile: 95 }
    timeouts: { request: 10s, backendRequest: 2s }
    limits: { maxRequests: 100, requestClass: { header: x-class, classes: [gold, lead] } }
    slowStart: { window: 30s }
    fallback: [{ staleIfError: { maxAge: 1m } }, { service: cart }, { response: { status: 503, body: closed } }]
    subsets: { v1: { labels: { v: "1" } } }
    discovery: { registration: {}, minEndpoints: 1 }
    slo: [{ name: up, availability: 99.9, window: 720h }]
  cart: { endpoints: [{ id: a, url: "https://cart.example.com" }] }
  next: { endpoints: [{ id: a, url: "https://next.example.com" }] }
rollouts:
  moving: { stable: { service: cart }, canary: { service: next }, steps: [{ weight: 10, bake: 5m }, { weight: 100, bake: 1m }] }
authentication:
  providers:
    idp: { type: JWT, issuer: "https://idp.example.com", audiences: [shop], jwks: { url: "https://idp.example.com/jwks" }, claimsToHeaders: [{ claim: sub, header: x-sub }] }
    keys: { type: APIKey, keys: { ci: { sha256: "${"ab".repeat(32)}", scopes: [read] } } }
    partners: { type: HMAC, keys: { one: { secret: PARTNER_ONE } } }
authorization:
  policies:
    - { name: admins, action: ALLOW, rules: [{ from: [{ requestPrincipals: ["https://idp.example.com/*"] }], to: [{ paths: ["/admin/{**}"], methods: [GET] }], when: [{ claim: role, values: [admin] }] }] }
    - { name: blocked, action: DENY, rules: [{ from: [{ ipBlocks: ["198.51.100.0/24", "2001:db8::/32"] }] }] }
routes:
  - name: shop
    hostnames: ["shop.example.com"]
    authentication: { providers: [idp, keys] }
    rules:
      - name: one
        matches:
          - { path: { type: RegularExpression, value: "/items/[0-9]{1,6}" }, method: GET, headers: [{ name: x-a, type: RegularExpression, value: "a+b" }] }
          - { path: { type: Exact, value: /cart }, queryParams: [{ name: q, value: "1" }] }
        filters:
          - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-b, value: "1" }], remove: [x-c] } }
          - { type: URLRewrite, urlRewrite: { hostname: other.example.com } }
        backendRefs: [{ service: shop, subset: v1, weight: 3 }, { rollout: moving }]
        splitOn: [{ type: cookie, name: uid }]
        sessionPersistence: { type: Cookie, absoluteTimeout: 1h }
        timeouts: { request: 5s }
      - name: rest
        filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, statusCode: 301 } }]
notifications: [{ name: chat, url: { secret: HEDDLE_NOTIFY_CHAT } }]
telemetry: { tracing: { sampling: { ratio: 0.1 } } }
`;

export const configTexts: readonly string[] = [RICH_CONFIG, readFileSync(join(root, "heddle.yaml"), "utf8")];

/** Values that a config decodes from: the two above, and ten at random, the same each time. */
export const configValues: readonly unknown[] = [
  ...configTexts.map((text) => parse(text) as unknown),
  ...fc.sample(arbitraryConfig, { seed: 7, numRuns: 10 }),
];

/** Lists of resources as `heddle import` reads them, of the Gateway API's and Istio's own tests. */
export function manifestsOf(format: "gateway-api" | "istio"): readonly (readonly unknown[])[] {
  if (format === "istio") {
    const text = readFileSync(join(root, "test/unit/import/istio/api-validation.json"), "utf8");
    const { cases } = JSON.parse(text) as { cases: readonly { readonly resource: unknown }[] };
    return cases.map(({ resource }) => [resource, ISTIO_SERVICE]);
  }
  const folder = join(root, "test/conformance/data/gateway-api");
  const names = readdirSync(folder).filter((name) => name.startsWith("httproute-"));
  const base = manifestsIn(join(folder, "base.json"));
  return names.map((name) => [...base, ...manifestsIn(join(folder, name))]);
}

interface ManifestFile {
  readonly documents?: readonly unknown[];
  readonly manifests?: readonly { readonly documents: readonly unknown[] }[];
}

function manifestsIn(path: string): readonly unknown[] {
  const { documents = [], manifests = [] } = JSON.parse(readFileSync(path, "utf8")) as ManifestFile;
  return [...documents, ...manifests.flatMap((manifest) => manifest.documents)];
}

const ISTIO_SERVICE = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "shop", namespace: "shop" },
  spec: {
    hosts: ["shop.example.com"],
    http: [
      {
        match: [{ uri: { prefix: "/a" }, headers: { "x-a": { regex: "a+" } } }],
        rewrite: { uri: "/b" },
        retries: { attempts: 2, perTryTimeout: "1s", retryOn: "5xx" },
        fault: { abort: { httpStatus: 503, percentage: { value: 1 } } },
        mirror: { host: "cart" },
        route: [
          { destination: { host: "shop", subset: "v1" }, weight: 90 },
          { destination: { host: "shop", subset: "v2" }, weight: 10 },
        ],
      },
    ],
  },
};

export const ENVOY_BOOTSTRAP = {
  static_resources: {
    listeners: [
      {
        name: "web",
        address: { socket_address: { address: "0.0.0.0", port_value: 8080 } },
        filter_chains: [
          {
            filters: [
              {
                name: "envoy.filters.network.http_connection_manager",
                typed_config: {
                  "@type":
                    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                  route_config: {
                    name: "local",
                    virtual_hosts: [
                      {
                        name: "all",
                        domains: ["*.example.com", "shop.example.com"],
                        routes: [
                          {
                            match: {
                              safe_regex: { regex: "/r[0-9]+" },
                              headers: [{ name: "x-a", present_match: true }],
                            },
                            route: {
                              weighted_clusters: {
                                clusters: [
                                  { name: "shop", weight: 9 },
                                  { name: "cart", weight: 1 },
                                ],
                              },
                              timeout: "5s",
                              retry_policy: { retry_on: "5xx,reset", num_retries: 3, per_try_timeout: "1s" },
                              hash_policy: [{ header: { header_name: "x-user" } }],
                            },
                          },
                          { match: { prefix: "/old" }, redirect: { path_redirect: "/new", response_code: "FOUND" } },
                          {
                            match: { path: "/gone" },
                            direct_response: { status: 410, body: { inline_string: "gone" } },
                          },
                        ],
                      },
                    ],
                  },
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: ["shop", "cart"].map((name) => ({
      name,
      connect_timeout: "1s",
      lb_policy: "RING_HASH",
      outlier_detection: { consecutive_5xx: 5, base_ejection_time: "30s" },
      circuit_breakers: { thresholds: [{ max_requests: 100 }] },
      health_checks: [{ timeout: "1s", interval: "5s", http_health_check: { path: "/healthz" } }],
      load_assignment: {
        cluster_name: name,
        endpoints: [
          {
            lb_endpoints: [
              { endpoint: { address: { socket_address: { address: `${name}.example.com`, port_value: 443 } } } },
            ],
          },
        ],
      },
    })),
  },
};
