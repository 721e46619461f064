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
const text = fc.record({ exact: word, prefix: word, regex: word }, { requiredKeys: [] });
const duration = fc.constantFrom("0s", "1s", "0.0001s", "100h", "250ms");
const percentage = fc.record({ value: fc.constantFrom(0, 1, 50.5, 100, 250) });
const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { maxLength: 3 });
const partly = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });

const istioHeaders = partly({
  request: partly({ set: fc.dictionary(word, word), add: fc.dictionary(word, word), remove: some(word) }),
});
const destination = partly({ host: word, subset: word, port: partly({ number: fc.constantFrom(0, 80, 99_999) }) });
const istioHttp = partly({
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
  route: some(partly({ destination, weight: fc.constantFrom(0, 1, 99), headers: istioHeaders })),
  redirect: partly({
    uri: word,
    authority: word,
    redirectCode: fc.constantFrom(301, 308, 400),
    port: fc.constantFrom(0, 8080),
  }),
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

const resource = (kind: string, spec: fc.Arbitrary<unknown>) =>
  fc.record({
    apiVersion: fc.constant("networking.istio.io/v1"),
    kind: fc.constant(kind),
    metadata: fc.record({ name: fc.constantFrom("a", "b"), namespace: fc.constantFrom("default", "x") }),
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
    fc.record({ hosts: some(word), http: fc.array(istioHttp, { minLength: 1, maxLength: 3 }) }),
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
  partly({
    header: partly({ key: word, value: word }),
    append_action: fc.constantFrom("OVERWRITE_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT"),
  }),
);
const envoyRoute = partly({
  match: fc.oneof(
    partly({ prefix: word, headers: some(partly({ name: word, string_match: matcher, invert_match: fc.boolean() })) }),
    partly({ path: word, runtime_fraction: fc.constant({ default_value: { numerator: 20 } }) }),
    partly({
      safe_regex: partly({ regex: word }),
      query_parameters: some(partly({ name: word, string_match: matcher })),
    }),
  ),
  route: partly({
    cluster: word,
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
  direct_response: partly({ status: fc.constantFrom(100, 200, 999) }),
  request_headers_to_add: mutations,
});
const envoyCluster = partly({
  name: word,
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
    partly({
      timeout: duration,
      interval: duration,
      http_health_check: partly({ path: word }),
      healthy_threshold: fc.constantFrom(0, 2, 1e6),
    }),
  ),
  common_lb_config: partly({ healthy_panic_threshold: percentage }),
  load_assignment: partly({ policy: partly({ overprovisioning_factor: fc.constantFrom(1, 140) }) }),
});
const envoy = partly({
  route_config: partly({ virtual_hosts: some(partly({ domains: some(word), routes: some(envoyRoute) })) }),
  clusters: some(envoyCluster),
});

function expectValid(result: ReturnType<typeof importEnvoy>): void {
  if ("refusal" in result) return;
  const decoded = decodeConfig(result.config);
  expect(decoded.ok ? [] : decoded.faults).toEqual([]);
}

describe("any documents", () => {
  it("of Istio give a valid config, the same each time", () => {
    fc.assert(
      fc.property(fc.array(istio, { maxLength: 5 }), (values) => {
        const documents = values.map((value) => ({ file: "any.yaml", value }));
        const result = importIstio(documents, optionsOf());
        expectValid(result);
        expect(configText(importIstio(documents, optionsOf()).config, [])).toBe(configText(result.config, []));
      }),
      { numRuns: 300, seed: 20_261_121 },
    );
  });

  it("of Envoy give a valid config or a refusal", () => {
    fc.assert(
      fc.property(envoy, (value) => {
        expectValid(importEnvoy([{ file: "any.yaml", value }], optionsOf()));
      }),
      { numRuns: 300, seed: 20_261_121 },
    );
  });
});
