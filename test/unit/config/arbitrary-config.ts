/** Random valid configs, and ways into them. */
import fc from "fast-check";
import { formatPath } from "../../../src/config/fault.ts";

const optional = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] });

const ms = (min: number, max: number) => fc.integer({ min, max }).map((n) => `${n}ms`);
const percent = fc.integer({ min: 0, max: 100 });
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const text = fc.string({ maxLength: 12 });
const headers = fc.dictionary(fc.constantFrom("X-A", "x-b", "authorization"), fc.stringMatching(/^[a-z]{0,8}$/), {
  maxKeys: 2,
});

const endpoint = fc.record(
  {
    id: fc.constant(""),
    url: fc.constantFrom("http://127.0.0.1:9001", "https://shop.example.com/base/", "HTTP://[::1]:80"),
    weight: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(0.5)),
    priority: fc.nat(3),
    locality: optional({ cloud: word, region: fc.constantFrom("us-east-1", "nowhere"), zone: word }),
    labels: fc.dictionary(word, text, { maxKeys: 2 }),
    headers,
    costPerGb: fc.nat(10),
  },
  { requiredKeys: ["id", "url"] },
);

const retryFields = {
  attempts: fc.nat(10),
  codes: fc.array(fc.integer({ min: 400, max: 599 }), { maxLength: 4 }),
  onConnectFailure: fc.boolean(),
  methods: fc.subarray(["GET", "POST", "*"] as const, { minLength: 1 }),
  backoff: ms(1, 100),
  backoffMax: ms(100, 5_000),
  bufferBytes: fc.nat(1_000_000),
};
const timeoutFields = {
  request: fc.oneof(ms(5_000, 60_000), fc.constant("0s")),
  backendRequest: ms(0, 5_000),
  adaptive: optional({ min: ms(1, 1_000), max: ms(1_000, 3_000) }),
};
const hedgeFields = { enabled: fc.boolean(), percentile: fc.integer({ min: 50, max: 99 }), minDelay: ms(0, 100) };

const interval = { interval: ms(5_000, 20_000), edgeInterval: ms(100, 5_000), timeout: ms(10, 5_000) };
const healthCheck = fc.oneof(
  fc.record({ type: fc.constant("tcp"), ...interval }, { requiredKeys: ["type"] }),
  optional({
    ...interval,
    type: fc.constant("http"),
    kind: fc.constantFrom("liveness", "readiness"),
    path: fc.constantFrom("/", "/healthz?deep=1"),
    headers,
    expectedStatuses: fc.array(fc.constantFrom(200, "2xx", "200-299", "404"), { minLength: 1, maxLength: 3 }),
  }),
);

const hash = optional({
  tableSize: fc.constantFrom(251, 65_537),
  minimumRingSize: fc.integer({ min: 1, max: 1_000 }),
  maximumRingSize: fc.integer({ min: 1_000, max: 5_000 }),
  balanceFactorPercent: fc.constantFrom(0, 125),
}).map((settings) => ({
  ...settings,
  on: [{ type: "header", name: "X-User" }, { type: "cookie", name: "id" }, { type: "clientIp" }],
}));

const service = fc.record(
  {
    endpoints: fc
      .array(endpoint, { minLength: 1, maxLength: 4 })
      .map((endpoints) => endpoints.map((one, index) => ({ ...one, id: `e${index}` }))),
    loadBalancing: fc.record(
      { policy: fc.constantFrom("adaptive", "round-robin", "maglev", "rendezvous"), hash, decay: ms(100, 5_000) },
      { requiredKeys: ["hash"] },
    ),
    healthChecks: fc.array(healthCheck, { maxLength: 2 }),
    outlierDetection: optional({
      enabled: fc.boolean(),
      maxEjectionPercent: percent,
      baseEjectionTime: ms(100, 60_000),
    }),
    circuitBreaker: optional({ threshold: fc.integer({ min: 1, max: 20 }), localBase: ms(10, 60_000) }),
    failover: optional({ allOut: fc.constantFrom("panic", "fail", "nextPriority"), quiet: ms(100, 60_000) }),
    retry: optional({ ...retryFields, budget: optional({ percent }) }),
    hedge: optional(hedgeFields),
    timeouts: optional(timeoutFields),
    limits: optional({
      maxRequests: fc.constantFrom(0, 1_000),
      maxRequestsPerEndpoint: fc.constantFrom(0, 100),
      requestClass: fc.record(
        {
          header: fc.constant("x-class"),
          classes: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
        },
        { requiredKeys: ["header", "classes"] },
      ),
    }),
    slowStart: optional({ window: ms(0, 60_000), minWeightPercent: percent }),
    panicThreshold: percent,
    subsets: fc.dictionary(
      word,
      fc.record(
        { labels: fc.dictionary(word, text, { maxKeys: 1 }), hedge: optional(hedgeFields), panicThreshold: percent },
        { requiredKeys: ["labels"] },
      ),
      { maxKeys: 2 },
    ),
    fallback: fc.constantFrom(
      [],
      [{ staleIfError: {} }],
      [
        { staleIfError: { maxAge: "10m" } },
        { response: { status: 503, headers: { "Retry-After": "1" }, body: "later" } },
      ],
    ),
  },
  { requiredKeys: ["endpoints"] },
);

const match = optional({
  path: fc.oneof(
    optional({
      type: fc.constantFrom("Exact", "PathPrefix", "StringPrefix"),
      value: fc.constantFrom("/", "/a/", "/a%20b/c", "/a%2fb"),
      ignoreCase: fc.boolean(),
    }),
    fc.record(
      {
        type: fc.constant("RegularExpression"),
        value: fc.constantFrom("/a/[0-9]+", "(a+)+$"),
        ignoreCase: fc.boolean(),
      },
      { requiredKeys: ["type", "value"] },
    ),
  ),
  method: fc.constantFrom("GET", "POST"),
  headers: fc.constantFrom(
    [],
    [{ name: "X-A", value: "1" }],
    [{ type: "Exact", name: "x-b", value: "" }],
    [
      { type: "Present", name: "x-a" },
      { type: "RegularExpression", name: "x-a", value: "v[12]", invert: true },
    ],
  ),
  queryParams: fc.constantFrom([], [{ name: "a[]", value: "é &" }], [{ name: "q", type: "Suffix", value: "z" }]),
});

const rollout = ([stable, canary]: readonly string[]) =>
  fc.record(
    {
      stable: fc.constant({ service: stable }),
      canary: fc.constant({ service: canary }),
      steps: fc.constantFrom(
        [{ weight: 0.5, bake: "1s" }],
        [5, 50, 100].map((weight) => ({ weight, bake: "10m" })),
      ),
      analysis: optional({
        minRequests: fc.integer({ min: 1, max: 1_000 }),
        confidence: fc.constantFrom(95, 99.9),
        rollBackAfter: ms(0, 60_000),
        successRate: optional({ min: percent, maxDrop: percent }),
        p99: optional({ max: ms(1, 9_000), maxRatio: fc.constantFrom(0, 2) }),
      }),
      force: optional({ header: fc.constant("X-Rollout"), cookie: fc.constant("rollout") }),
    },
    { requiredKeys: ["stable", "canary", "steps"] },
  );

const rule = (services: readonly string[]) =>
  optional({
    matches: fc.array(match, { minLength: 1, maxLength: 3 }),
    backendRefs: fc.array(
      fc.oneof(
        fc.record(
          { service: fc.constantFrom(...services), weight: fc.integer({ min: 0, max: 9 }) },
          { requiredKeys: ["service"] },
        ),
        fc.record({ invalid: fc.constant("RefNotPermitted"), weight: fc.nat(9) }, { requiredKeys: ["invalid"] }),
        ...(services.length > 1 ? [fc.record({ rollout: fc.constant("moving"), weight: fc.nat(9) })] : []),
      ),
      { maxLength: 3 },
    ),
    splitOn: fc.constantFrom([], [{ type: "header", name: "X-User" }]),
    sessionPersistence: optional({
      type: fc.constant("Cookie"),
      absoluteTimeout: ms(1_000, 60_000),
      idleTimeout: ms(1_000, 9_000),
    }),
    timeouts: optional({ ...timeoutFields, backendRequest: ms(0, 4_000) }),
    retry: optional(retryFields),
    hedge: optional(hedgeFields),
  });

/** A config that is valid, with any of its optional parts. */
export const arbitraryConfig = fc
  .dictionary(fc.stringMatching(/^[a-z]([a-z0-9.-]{0,8}[a-z0-9])?$/), service, {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  })
  .chain((services) =>
    fc.record(
      {
        services: fc.constant(services),
        listeners: fc.constantFrom([], [{ name: "https", port: 443, protocol: "HTTPS" }, { name: "all/rest" }]),
        rollouts:
          Object.keys(services).length > 1 ? fc.record({ moving: rollout(Object.keys(services)) }) : fc.constant({}),
        routing: optional({ precedence: fc.constantFrom("specificity", "order") }),
        routes: fc.array(
          fc.record(
            {
              hostnames: fc.subarray(["*", "*.Example.com", "shop.example.com", "127.0.0.1"], { minLength: 1 }),
              rules: fc.array(rule(Object.keys(services)), { minLength: 1, maxLength: 3 }),
            },
            { requiredKeys: ["rules"] },
          ),
          { minLength: 1, maxLength: 3 },
        ),
        edge: optional({
          xForwarded: fc.constantFrom("append", "replace", "off"),
          via: fc.boolean(),
          syncMax: ms(100, 9_000),
        }),
      },
      { requiredKeys: ["services", "rollouts", "routes"] },
    ),
  );

/** Objects whose keys the schema knows, with their paths: all but those that are open by design. */
export function objectsIn(config: unknown): { object: object; path: string }[] {
  const found: { object: object; path: string }[] = [];
  const visit = (value: unknown, path: (string | number)[]): void => {
    if (typeof value !== "object" || value === null) return;
    const isOpen = path.length === 1 || ["labels", "headers", "subsets"].includes(String(path.at(-1)));
    if (!Array.isArray(value) && !isOpen) found.push({ object: value, path: formatPath(path) });
    for (const [key, child] of Object.entries(value)) visit(child, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(config, []);
  return found;
}
