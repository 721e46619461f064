import * as z from "zod";
import type { PolicyName } from "../../core/mesh.ts";
import { duration } from "./duration.ts";
import { extensionOf } from "./extension.ts";
import { withRule } from "./finding.ts";
import { headerName } from "./names.ts";
import { derived, group, required, setting, withDefaults } from "./setting.ts";

const POLICIES = [
  "adaptive",
  "random",
  "round-robin",
  "weighted",
  "least-request",
  "peak-ewma",
  "response-time",
  "load",
  "failure-rate",
  "score",
  "ring-hash",
  "maglev",
  "rendezvous",
  "locality",
  "extension",
] as const satisfies readonly PolicyName[];

const HASH_POLICIES: readonly PolicyName[] = ["ring-hash", "maglev", "rendezvous"];

const aspect = () => z.number().min(0).max(1_000_000);
const scoreWeights = {
  latency: setting(aspect(), "Weight of measured latency.", 0, "only what is named counts"),
  load: setting(
    aspect(),
    "Weight of load: told by the endpoint, else requests in flight.",
    0,
    "only what is named counts",
  ),
  failureRate: setting(aspect(), "Weight of the share of failures.", 0, "only what is named counts"),
  distance: setting(aspect(), "Weight of the distance from the edge's region.", 0, "only what is named counts"),
  cost: setting(aspect(), "Weight of `costPerGb`.", 0, "only what is named counts"),
};

const named = (type: "header" | "cookie" | "query", what: string, field: z.ZodString) =>
  z.strictObject({ type: required(z.literal(type), what), name: required(field, `Name of the ${type}.`) });

export const hashOn = z
  .discriminatedUnion("type", [
    named("header", "Value of a request header.", headerName()),
    named("cookie", "Value of a cookie.", headerName()),
    named("query", "First value of a query parameter.", z.string().min(1).max(256)),
    z.strictObject({ type: required(z.literal("clientIp"), "Address of the downstream.") }),
    z.strictObject({ type: required(z.literal("path"), "Path of the request, without its query.") }),
  ])
  .describe("What to hash.");

const ringSize = () => z.int().min(1).max(1_048_576);

const hashFields = {
  on: setting(
    z.array(hashOn).max(8),
    "What ring-hash, maglev and rendezvous hash: the first that a request has. A request with none goes to a random endpoint.",
    [],
    "required for these three policies",
  ),
  tableSize: setting(
    z.int().min(2).max(5_000_011),
    "maglev: size of the lookup table, a prime.",
    65_537,
    "as in Envoy, also the upper bound",
  ),
  minimumRingSize: derived(
    ringSize(),
    "ring-hash: points on the ring, at least.",
    "1024, or maximumRingSize when that is less (as in Envoy)",
  ),
  maximumRingSize: derived(
    ringSize(),
    "ring-hash: points on the ring, at most.",
    "65536, or minimumRingSize when that is more (Envoy: 8 million; an isolate has 128 MB for everything)",
  ),
  balanceFactorPercent: setting(
    z.int().min(0).max(10_000),
    "Bounded load: no endpoint gets more than this percent of the average; 0 switches it off, else above 100. 125 is usual.",
    0,
    "off, as in Envoy and HAProxy",
  ),
};

const hashShape = withDefaults(hashFields);
const { balanceFactorPercent, tableSize } = hashShape;

const hash = z.strictObject(hashShape);
withRule(hash, { balanceFactorPercent }, function* ({ balanceFactorPercent: percent }) {
  if (percent === 0 || percent > 100) return;
  const message = `${percent} percent of the average cannot hold the average: must be above 100, or 0 for off`;
  yield { path: ["balanceFactorPercent"], message };
});
withRule(hash, { tableSize }, function* ({ tableSize: size }) {
  if (isPrime(size)) return;
  let prime = size + 1;
  while (!isPrime(prime)) prime += 1;
  yield { path: ["tableSize"], message: `${size} is not a prime`, suggestion: String(prime) };
});
withRule(hash, { minimumRingSize: ringSize(), maximumRingSize: ringSize() }, function* (ring) {
  if (ring.minimumRingSize <= ring.maximumRingSize) return;
  const message = `${ring.maximumRingSize} is less than minimumRingSize, ${ring.minimumRingSize}`;
  yield { path: ["maximumRingSize"], message };
});

const settings = {
  policy: setting(
    z.enum(POLICIES),
    "How an endpoint is chosen among those that may take traffic.",
    "adaptive",
    "the only one that knows the capacity of every endpoint; it did best in simulation",
  ),
  choiceCount: setting(
    z.int().min(2).max(100),
    "least-request: endpoints drawn, of which the least busy is taken.",
    2,
    "as in Envoy: the power of two choices",
  ),
  activeRequestBias: setting(
    z.number().min(0).max(100),
    "least-request with unequal weights: an endpoint counts weight / (active + 1)^bias.",
    1,
    "as in Envoy",
  ),
  decay: setting(
    duration("100ms", "1h"),
    "peak-ewma and response-time: time constant of the average.",
    "10s",
    "Finagle and Linkerd",
  ),
  defaultLatency: setting(
    duration("1ms", "1m"),
    "Latency assumed for an endpoint that was never measured.",
    "30ms",
    "Linkerd",
  ),
  failurePenalty: setting(
    duration("0s", "1m"),
    "What one failure costs, as latency, so that failing fast attracts no traffic.",
    "1s",
    "simulation; Linkerd takes 5 s",
  ),
  score: setting(
    z.strictObject(withDefaults(scoreWeights)),
    "score: how much each aspect counts. Only the ratios matter.",
    { latency: 1, load: 1, failureRate: 1, distance: 0, cost: 0 },
    "three aspects alike; distance shows in latency already, and cost is the user's call",
  ),
  extension: derived(
    extensionOf("policy"),
    "Policy that is registered in code, where `policy` is extension. A mesh that names one which is not is refused.",
    "none",
  ),
  overprovisioningPercent: setting(
    z.int().min(100).max(1_000),
    "The healthy share of a priority or locality is multiplied by this before traffic spills to the next.",
    140,
    "as in Envoy",
  ),
};

const own = withDefaults(settings);

export const loadBalancingSchema = z.strictObject({
  ...own,
  hash: group(hash, "Settings of ring-hash, maglev and rendezvous."),
});

const hashedOn = z.object({ on: z.array(z.unknown()).default([]) }).prefault({});

withRule(loadBalancingSchema, { policy: own.policy, hash: hashedOn }, function* ({ policy, hash: { on } }) {
  if (!HASH_POLICIES.includes(policy) || on.length > 0) return;
  const suggestion = "hash: { on: [{ type: clientIp }] }";
  yield { path: ["policy"], message: `${policy} has nothing to hash: list it in hash.on`, suggestion };
});
withRule(loadBalancingSchema, { policy: own.policy, score: own.score }, function* ({ policy, score }) {
  if (policy !== "score" || Object.values(score).some((weight) => weight > 0)) return;
  yield { path: ["score"], message: "all weights are 0: at least one aspect has to count" };
});

withRule(
  loadBalancingSchema,
  { policy: own.policy, extension: z.unknown().optional() },
  function* ({ policy, extension }) {
    const message = "extension names the policy, which is registered in code";
    const suggestion = "extension: { name: … }";
    if (policy === "extension" && extension === undefined) yield { path: ["policy"], message, suggestion };
    if (policy === "extension" || extension === undefined) return;
    yield { path: ["extension"], message: `does not go with policy ${policy}: it has to be extension` };
  },
);

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n >= 2;
}
