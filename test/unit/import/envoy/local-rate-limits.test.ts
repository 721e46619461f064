import { describe, expect, it } from "vitest";
import { importEnvoy } from "../../../../src/import/envoy/import-envoy.ts";
import { carried, documentsOf, meshOf, optionsOf, told } from "../imported.ts";

const FILTER = "envoy.filters.http.local_ratelimit";
const ON = "{ default_value: { numerator: 100, denominator: HUNDRED } }";
const ON_AND_ENFORCED = `filter_enabled: ${ON}, filter_enforced: ${ON}`;
const limit = (bucket: string, more = ON_AND_ENFORCED) =>
  `{ stat_prefix: shop, token_bucket: { ${bucket} }${more === "" ? "" : `, ${more}`} }`;
const MINUTE = "max_tokens: 20, tokens_per_fill: 10, fill_interval: 60s";
const own = (settings: string) => `typed_per_filter_config: { "${FILTER}": ${settings} }`;
const route = (path: string, more = "") =>
  `{ match: { prefix: ${path} }, route: { cluster: shop }${more && `, ${more}`} }`;

/** A listener with the filter, a virtual host and its routes. */
function imported(manager: string, host: string, ...routes: readonly string[]) {
  const filters = manager === "" ? "" : `{ name: ${FILTER}, typed_config: ${manager} },`;
  const text = `
static_resources:
  listeners:
    - filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                http_filters: [${filters} { name: envoy.filters.http.router }]
                route_config: { virtual_hosts: [{ name: h, domains: ["*"], routes: [${routes.join(", ")}]${host && `, ${host}`} }] }
  clusters:
    - { name: shop, load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: shop.example.com, port_value: 443 } } } }] }] } }
`;
  return carried(importEnvoy(documentsOf(text), optionsOf([])));
}

const BUCKET = { limit: 10, window: "1m", burst: 20, key: [], headers: false };

describe("Envoy's local rate limits", () => {
  it("of a listener are one limit for all its rules", async () => {
    const result = imported(limit(MINUTE), "", route("/a"), route("/b"));
    expect(result.config.rateLimits).toEqual({ shop: BUCKET });
    const mesh = await meshOf(result);
    expect(mesh.routes[0]!.rules.map(({ guard }) => mesh.guards![guard!])).toEqual([
      { rateLimits: [0] },
      { rateLimits: [0] },
    ]);
    expect(told(result).join()).not.toMatch(/ratelimit|rate limit|bucket/);
  });

  it("of a route or a virtual host replace those around, and have a bucket of their own", () => {
    const result = imported(
      limit(MINUTE),
      own(limit("max_tokens: 5, fill_interval: 1s")),
      route("/own", own(limit("max_tokens: 7, fill_interval: 1s"))),
      route("/off", own("{ disabled: true }")),
      route("/"),
    );
    expect(result.config.rateLimits).toEqual({
      shop: { ...BUCKET, limit: 1, window: "1s", burst: 7 },
      "shop-2": { ...BUCKET, limit: 1, window: "1s", burst: 5 },
    });
    const [{ rules }] = result.config.routes as [{ readonly rules: readonly object[] }];
    expect(rules.map((rule) => ("rateLimits" in rule ? rule.rateLimits : null))).toEqual([["shop"], null, ["shop-2"]]);
  });

  it("with short intervals are counted by the second", () => {
    const { config } = imported(limit("max_tokens: 3, tokens_per_fill: 2, fill_interval: 0.3s"), "", route("/"));
    expect(config.rateLimits).toEqual({ shop: { ...BUCKET, limit: 8, window: "1s200ms", burst: 3 } });
  });

  it("that only watch are on trial, and those that are off are none", () => {
    expect(imported(limit(MINUTE, `filter_enabled: ${ON}`), "", route("/")).config.rateLimits).toEqual({
      shop: { ...BUCKET, dryRun: true },
    });
    const off = imported(limit(MINUTE, ""), "", route("/"));
    expect(off.config.rateLimits).toBeUndefined();
    expect(told(off).filter((line) => /local_ratelimit|http_filters/.test(line))).toEqual([
      expect.stringContaining("it limits nothing, there or here: filter_enabled is 0 %"),
    ]);
    expect(imported("{ stat_prefix: shop }", "", route("/")).config.rateLimits).toBeUndefined();
  });

  it.each([
    ["descriptors: [{ entries: [], token_bucket: {} }]", "buckets by descriptor are not carried over"],
    ["status: { code: ServiceUnavailable }", "refused requests get 429"],
    ["local_rate_limit_per_downstream_connection: true", "connections are not counted apart"],
    ["response_headers_to_add: [{ header: { key: a, value: b } }]", "refusals say what is left"],
  ])("say what is lost of %s", (more, reason) => {
    const result = imported(limit(MINUTE, `${ON_AND_ENFORCED}, ${more}`), "", route("/"));
    expect(told(result)).toContainEqual(expect.stringContaining(reason));
  });

  it("leave out what no limit can be, and say so", () => {
    const result = imported(limit("max_tokens: 5, tokens_per_fill: 2000000000, fill_interval: 1s"), "", route("/"));
    expect(result.config.rateLimits).toBeUndefined();
    expect(told(result)).toContainEqual(expect.stringContaining("the limit is left out"));
  });
});
