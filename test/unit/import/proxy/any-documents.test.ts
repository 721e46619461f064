/** Whatever is imported, it is a valid config or a refusal; and the same twice. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeConfig } from "../../../../src/config/decode.ts";
import { importEnvoy } from "../../../../src/import/envoy/import-envoy.ts";
import { importIstio } from "../../../../src/import/istio/import-istio.ts";
import { configText } from "../../../../src/import/write-config.ts";
import { optionsOf } from "../imported.ts";

const word = fc.constantFrom(
  "a",
  "b",
  "/a",
  "/a/",
  "//",
  "*",
  "x-a",
  ":path",
  "",
  "%X%",
  "v1",
  "GET",
  "a b",
  "é",
  "(",
  ".*",
);
const named = word.filter((value) => value !== "");
const text = fc.record({ exact: word, prefix: word, regex: word }, { requiredKeys: [] });
const duration = fc.constantFrom("0s", "1s", "0.0001s", "100h", "250ms");
const percentage = fc.record({ value: fc.constantFrom(0, 1, 50.5, 100, 250) });
const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { maxLength: 3 });
const partly = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });

const istioHeaders = partly({
  request: partly({ set: fc.dictionary(word, word), add: fc.dictionary(word, word), remove: some(word) }),
});
const destination = fc.record({ host: named, subset: word }, { requiredKeys: ["host"] });
const istioCommon = partly({
  match: some(
    partly({
      uri: text,
      method: text,
      authority: text,
      headers: fc.dictionary(word, text),
      withoutHeaders: fc.dictionary(word, text),
      queryParams: fc.dictionary(word, text),
      ignoreUriCase: fc.boolean(),
      sourceLabels: fc.dictionary(word, word),
    }),
  ),
  rewrite: partly({ uri: word, authority: word }),
  timeout: duration,
  retries: partly({
    attempts: fc.constantFrom(0, 2, 99),
    perTryTimeout: duration,
    retryOn: fc.constantFrom("5xx", "503,reset", "x"),
  }),
  fault: partly({
    delay: partly({ fixedDelay: duration, percentage }),
    abort: partly({ httpStatus: fc.constantFrom(503, 999), percentage }),
  }),
  mirrors: some(partly({ destination, percentage })),
  corsPolicy: partly({
    allowOrigins: some(text),
    allowMethods: some(word),
    allowHeaders: some(word),
    maxAge: duration,
  }),
  headers: istioHeaders,
});

const istioAction = fc.oneof(
  fc.record({
    route: fc.array(fc.record({ destination, weight: fc.constantFrom(1, 99), headers: istioHeaders }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
  fc.record({
    redirect: partly({
      uri: word,
      authority: word,
      redirectCode: fc.constantFrom(301, 308, 400),
      port: fc.constantFrom(0, 8080),
    }),
  }),
  fc.record({ directResponse: fc.record({ status: fc.constantFrom(100, 200, 999) }) }),
);
const istioHttp = fc.tuple(istioCommon, istioAction).map(([common, action]) => ({ ...common, ...action }));

const resource = (kind: string, spec: fc.Arbitrary<unknown>) =>
  fc.record({
    apiVersion: fc.constant("networking.istio.io/v1"),
    kind: fc.constant(kind),
    metadata: fc.record({ name: fc.constantFrom("a", "b", "c"), namespace: fc.constantFrom("default", "x") }),
    spec,
  });

const trafficPolicy = partly({
  loadBalancer: partly({
    simple: fc.constantFrom("RANDOM", "PASSTHROUGH", "ODD"),
    consistentHash: partly({
      httpHeaderName: word,
      useSourceIp: fc.boolean(),
      minimumRingSize: fc.constantFrom(0, 1e9),
    }),
    localityLbSetting: partly({ enabled: fc.boolean() }),
    warmup: partly({ duration, aggression: fc.constantFrom(0, 1, 1_000) }),
  }),
  outlierDetection: partly({
    consecutive5xxErrors: fc.constantFrom(0, 5, 99_999),
    baseEjectionTime: duration,
    maxEjectionPercent: fc.constantFrom(0, 100, 101),
    minHealthPercent: fc.constantFrom(0, 50, 101),
  }),
  connectionPool: partly({ http: partly({ http2MaxRequests: fc.constantFrom(0, 1, 4_294_967_295) }) }),
});

const istio = fc.oneof(
  resource("VirtualService", partly({ hosts: some(word), gateways: some(word), http: some(istioHttp) })),
  resource(
    "VirtualService",
    fc
      .record({ hosts: some(word), http: fc.array(istioHttp, { minLength: 1, maxLength: 3 }) })
      .map((spec) => ({ ...spec, hosts: ["*", ...spec.hosts] })),
  ),
  resource(
    "DestinationRule",
    partly({
      host: word,
      trafficPolicy,
      subsets: some(partly({ name: word, labels: fc.dictionary(word, word), trafficPolicy })),
    }),
  ),
  resource(
    "ServiceEntry",
    partly({
      hosts: some(word),
      resolution: fc.constantFrom("DNS", "STATIC", "NONE"),
      endpoints: some(partly({ address: word })),
    }),
  ),
);

const matcher = fc.oneof(
  fc.record({ exact: word }),
  fc.record({ prefix: word }),
  fc.record({ contains: word }),
  fc.record({ safe_regex: fc.record({ regex: word }) }),
);
const mutations = some(
  fc.record({
    header: fc.record({ key: named, value: word }),
    append_action: fc.constantFrom("OVERWRITE_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT"),
  }),
);
const envoyRoute = fc.record({
  match: fc.oneof(
    fc.record({
      prefix: word,
      headers: some(fc.record({ name: named, string_match: matcher, invert_match: fc.boolean() })),
    }),
    fc.record({ path: word, runtime_fraction: fc.constant({ default_value: { numerator: 20 } }) }),
    fc.record({
      safe_regex: fc.record({ regex: word }),
      query_parameters: some(fc.record({ name: named, string_match: matcher })),
    }),
  ),
  route: fc
    .tuple(
      word,
      partly({
        prefix_rewrite: word,
        host_rewrite_literal: word,
        timeout: duration,
        hash_policy: some(partly({ header: partly({ header_name: word }) })),
        retry_policy: partly({
          retry_on: fc.constantFrom("5xx", "reset"),
          num_retries: fc.constantFrom(0, 99),
          retry_back_off: partly({ base_interval: duration, max_interval: duration }),
        }),
      }),
    )
    .map(([cluster, more]) => ({ cluster, ...more })),
  request_headers_to_add: mutations,
});
const envoyCluster = partly({
  name: named,
  lb_policy: fc.constantFrom("RING_HASH", "MAGLEV", "LEAST_REQUEST", "ODD"),
  ring_hash_lb_config: partly({
    minimum_ring_size: fc.constantFrom(0, 1e9),
    maximum_ring_size: fc.constantFrom(1, 1e9),
  }),
  maglev_lb_config: partly({ table_size: fc.constantFrom(4, 65_537) }),
  outlier_detection: partly({
    interval: duration,
    base_ejection_time: duration,
    max_ejection_time: duration,
    max_ejection_percent: fc.constantFrom(10, 200),
  }),
  health_checks: some(
    fc.record({
      timeout: fc.constantFrom("1s", "0.0001s", "100h"),
      interval: fc.constantFrom("1s", "0.0001s", "100h"),
      http_health_check: partly({ path: word }),
      healthy_threshold: fc.constantFrom(0, 2, 1e6),
    }),
  ),
  common_lb_config: partly({ healthy_panic_threshold: percentage }),
  load_assignment: partly({ policy: partly({ overprovisioning_factor: fc.constantFrom(1, 140) }) }),
});
const envoyHost = fc.record({ domains: fc.array(named, { minLength: 1 }), routes: some(envoyRoute) });
const envoy = fc.record({
  route_config: fc.record({ virtual_hosts: fc.array(envoyHost, { minLength: 1, maxLength: 3 }) }),
  clusters: some(envoyCluster),
});

/** Whether there was a config; then it is valid, and has routes. */
function expectValid(result: ReturnType<typeof importEnvoy>): boolean {
  if ("refusal" in result) return false;
  const decoded = decodeConfig(result.config);
  expect(decoded.ok ? [] : decoded.faults).toEqual([]);
  return decoded.ok && decoded.config.routes.length > 0;
}

const RUNS = 100;

describe("any documents", () => {
  it("of Istio give a valid config, the same each time", () => {
    let withRoutes = 0;
    fc.assert(
      fc.property(fc.array(istio, { maxLength: 5 }), (values) => {
        const documents = values.map((value) => ({ file: "any.yaml", value }));
        const result = importIstio(documents, optionsOf());
        if (expectValid(result)) withRoutes += 1;
        expect(configText(importIstio(documents, optionsOf()).config, [])).toBe(configText(result.config, []));
      }),
      { numRuns: RUNS, seed: 20_261_121 },
    );
    // Otherwise the property says little.
    expect(withRoutes).toBeGreaterThan(RUNS / 8);
  });

  it("of Envoy give a valid config or a refusal", () => {
    let withRoutes = 0;
    fc.assert(
      fc.property(envoy, (value) => {
        if (expectValid(importEnvoy([{ file: "any.yaml", value }], optionsOf()))) withRoutes += 1;
      }),
      { numRuns: RUNS, seed: 20_261_121 },
    );
    expect(withRoutes).toBeGreaterThan(RUNS / 8);
  });
});
