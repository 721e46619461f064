/** Envoy's load balancing policies, in the old fields and as extensions, as Heddle's. */
import { loadBalancingSchema } from "../../config/schema/load-balancing.ts";
import { boundedDuration } from "../proxy/bounded-duration.ts";
import { fitting, type Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";

export interface Balancing {
  readonly loadBalancing: Settings;
  readonly slowStart: Settings;
}

type Policy = "ROUND_ROBIN" | "LEAST_REQUEST" | "RANDOM" | "RING_HASH" | "MAGLEV";

interface Chosen {
  readonly policy: Policy;
  readonly config: SourceNode | undefined;
}

/** Points on a ring that an isolate has memory for; Envoy's own bound is 8 million. */
const MAX_RING = 1_048_576;

const CONFIGS: Readonly<Record<Policy, string>> = {
  ROUND_ROBIN: "round_robin_lb_config",
  LEAST_REQUEST: "least_request_lb_config",
  RANDOM: "",
  RING_HASH: "ring_hash_lb_config",
  MAGLEV: "maglev_lb_config",
};

const EXTENSIONS: readonly (readonly [RegExp, Policy])[] = [
  [/round_?robin/i, "ROUND_ROBIN"],
  [/least_?request/i, "LEAST_REQUEST"],
  [/ring_?hash/i, "RING_HASH"],
  [/maglev/i, "MAGLEV"],
  [/\brandom/i, "RANDOM"],
];

export function loadBalancing(cluster: SourceNode | undefined, hashOn: readonly Settings[]): Balancing {
  if (cluster === undefined) return { loadBalancing: { policy: "round-robin" }, slowStart: { window: "0s" } };
  const { policy, config } = choose(cluster);
  config?.drop("locality_lb_config", "the localities of a cluster share its traffic by the weights of their endpoints");
  const balancing = settingsOf(policy, config, hashOn, cluster);
  const kept = fitting(loadBalancingSchema, balancing, (field, message) =>
    (config ?? cluster).note("", `${field === "" ? "" : `${field} `}${message}`),
  );
  return {
    loadBalancing: Object.keys(kept).includes("policy") ? kept : { policy: "round-robin" },
    slowStart: slowStart(config?.object("slow_start_config")),
  };
}

function choose(cluster: SourceNode): Chosen {
  const named = cluster.text("lb_policy") ?? "ROUND_ROBIN";
  for (const node of cluster.object("load_balancing_policy")?.objects("policies") ?? []) {
    const extension = node.object("typed_extension_config");
    const config = extension?.object("typed_config");
    const text = `${extension?.text("name") ?? ""} ${config?.text("@type") ?? ""}`;
    const policy = EXTENSIONS.find(([pattern]) => pattern.test(text))?.[1];
    if (policy !== undefined) return { policy, config };
    node.note("", `${text.trim()} has no equivalent`);
    node.pass();
  }
  if (!Object.hasOwn(CONFIGS, named)) {
    if (named !== "LOAD_BALANCING_POLICY_CONFIG")
      cluster.note("lb_policy", `${named} has no equivalent: round-robin instead`);
    return { policy: "ROUND_ROBIN", config: undefined };
  }
  const policy = named as Policy;
  for (const [other, field] of Object.entries(CONFIGS)) {
    if (field !== "" && other !== policy && cluster.has(field)) cluster.object(field)!.pass();
  }
  return { policy, config: CONFIGS[policy] === "" ? undefined : cluster.object(CONFIGS[policy]) };
}

function settingsOf(
  policy: Policy,
  config: SourceNode | undefined,
  on: readonly Settings[],
  cluster: SourceNode,
): Settings {
  switch (policy) {
    case "ROUND_ROBIN":
      return { policy: "round-robin" };
    case "RANDOM":
      return { policy: "random" };
    case "LEAST_REQUEST": {
      config?.drop("selection_method", "endpoints are drawn, and the least busy of them is taken");
      config?.drop("enable_full_scan", "endpoints are drawn, and the least busy of them is taken");
      return {
        policy: "least-request",
        choiceCount: config?.number("choice_count") ?? 2,
        activeRequestBias: config?.object("active_request_bias")?.number("default_value") ?? 1,
      };
    }
    case "RING_HASH":
    case "MAGLEV":
      return hashing(policy, config, on, cluster);
  }
}

function hashing(
  policy: "RING_HASH" | "MAGLEV",
  config: SourceNode | undefined,
  on: readonly Settings[],
  cluster: SourceNode,
): Settings {
  const nested = config?.object("consistent_hashing_lb_config");
  const common = nested ?? cluster.object("common_lb_config")?.object("consistent_hashing_lb_config");
  common?.drop("use_hostname_for_hashing", "endpoints are hashed by their names");
  const factor = common?.number("hash_balance_factor") ?? 0;
  const hash_function = config?.text("hash_function") ?? "XX_HASH";
  if (!/^(XX_HASH|DEFAULT_HASH)$/.test(hash_function))
    config!.note("hash_function", "keys are hashed by xxHash", "changed");
  if (on.length === 0) {
    cluster.note(
      "lb_policy",
      "no route to the cluster says what to hash, so endpoints are drawn at random, as Envoy does",
      "changed",
    );
    config?.pass();
    return { policy: "random" };
  }
  const balance = factor > 100 ? { balanceFactorPercent: factor } : {};
  if (policy === "MAGLEV") {
    return { policy: "maglev", hash: { on, tableSize: config?.number("table_size") ?? 65_537, ...balance } };
  }
  const minimum = config?.number("minimum_ring_size") ?? 1_024;
  const maximum = config?.number("maximum_ring_size");
  if (Math.max(minimum, maximum ?? 0) > MAX_RING) {
    config!.note(
      minimum > MAX_RING ? "minimum_ring_size" : "maximum_ring_size",
      `becomes ${MAX_RING}, the most there is`,
      "changed",
    );
  }
  return {
    policy: "ring-hash",
    hash: {
      on,
      minimumRingSize: Math.min(MAX_RING, minimum),
      ...(maximum !== undefined && { maximumRingSize: Math.min(MAX_RING, maximum) }),
      ...balance,
    },
  };
}

function slowStart(node: SourceNode | undefined): Settings {
  const ms = node?.durationMs("slow_start_window");
  if (node === undefined || ms === undefined) return { window: "0s" };
  const { text, changed } = boundedDuration(ms, { min: "0s", max: "1h" });
  if (changed !== null) node.note("slow_start_window", changed, "changed");
  const aggression = node.object("aggression");
  aggression?.drop("runtime_key", "there is no runtime: the default holds");
  return {
    window: text,
    aggression: Math.min(100, Math.max(0.01, aggression?.number("default_value") ?? 1)),
    minWeightPercent: node.object("min_weight_percent")?.number("value") ?? 10,
  };
}
