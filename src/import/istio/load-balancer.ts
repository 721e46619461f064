/** Istio's load balancer settings as Heddle's. */
import { loadBalancingSchema } from "../../config/schema/load-balancing.ts";
import { boundedDuration } from "../proxy/bounded-duration.ts";
import { fitting, type Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  UNSPECIFIED: "least-request",
  LEAST_REQUEST: "least-request",
  LEAST_CONN: "least-request",
  ROUND_ROBIN: "round-robin",
  RANDOM: "random",
};

export interface LoadBalancingSettings {
  readonly loadBalancing: Settings;
  readonly slowStart: Settings;
}

/** - `ejects`: whether there is outlier detection; without it Istio keeps to no locality. */
export function loadBalancing(node: SourceNode | undefined, ejects: boolean): LoadBalancingSettings {
  if (node === undefined) return { loadBalancing: { policy: "least-request" }, slowStart: { window: "0s" } };
  const simple = node.text("simple");
  const policy = SIMPLE[simple ?? "UNSPECIFIED"];
  if (simple === "PASSTHROUGH")
    node.note("simple", "requests have no address of their own at the edge: least-request instead");
  else if (policy === undefined) node.invalid("simple", `${simple} is not a load balancer`);
  const hash = node.object("consistentHash");
  const hashed = hash === undefined ? undefined : consistentHash(hash);
  const nearest = localities(node.object("localityLbSetting"), ejects);
  if (nearest && hashed !== undefined) {
    node.note("localityLbSetting", "does not go with consistentHash in Heddle: every endpoint has its keys");
  } else if (nearest) {
    node.note(
      "localityLbSetting",
      "nearest first as seen from the edge's region; inside a locality endpoints are drawn by weight",
      "changed",
    );
  }
  return {
    loadBalancing: hashed ?? { policy: nearest ? "locality" : (policy ?? "least-request") },
    slowStart: warmup(node),
  };
}

/** Whether the nearest endpoints come first. */
function localities(node: SourceNode | undefined, ejects: boolean): boolean {
  if (node === undefined || node.flag("enabled") === false) {
    node?.ignore(...node.names());
    return false;
  }
  node.drop("distribute", "shares between localities follow distance and health; they cannot be given");
  node.drop("failover", "the next region is the nearest one, by distance");
  node.drop("failoverPriority", "priority goes by distance; labels have no part in it");
  if (!ejects) node.note("", "has no effect without outlierDetection, in Istio too");
  return ejects;
}

function consistentHash(node: SourceNode): Settings | undefined {
  const on: Settings[] = [];
  const header = node.text("httpHeaderName");
  const query = node.text("httpQueryParameterName");
  const cookie = node.object("httpCookie");
  if (header !== undefined) on.push({ type: "header", name: header });
  if (cookie !== undefined) {
    on.push({ type: "cookie", name: cookie.text("name") ?? "" });
    cookie.drop("ttl", "the cookie is not made when a request has none; such a request goes to a random endpoint");
    cookie.drop("path", "the cookie is read and not made");
    cookie.drop("attributes", "the cookie is read and not made");
  }
  if (node.flag("useSourceIp") === true) on.push({ type: "clientIp" });
  if (query !== undefined) on.push({ type: "query", name: query });
  if (on.length === 0) {
    node.invalid("", "says nothing to hash");
    return undefined;
  }
  const maglev = node.object("maglev");
  const ring = node.object("ringHash");
  const size = ring?.number("minimumRingSize") ?? node.number("minimumRingSize") ?? 1_024;
  const sizes: Settings =
    maglev === undefined ? { minimumRingSize: size } : { tableSize: maglev.number("tableSize") ?? 65_537 };
  const settings = { policy: maglev === undefined ? "ring-hash" : "maglev", hash: { on, ...sizes } };
  let kept: Settings | undefined = settings;
  fitting(loadBalancingSchema, settings, (_, message) => {
    node.note("", message);
    kept = undefined;
  });
  return kept;
}

function warmup(node: SourceNode): Settings {
  const own = node.object("warmup");
  const ms = own?.durationMs("duration") ?? node.durationMs("warmupDurationSecs");
  if (ms === undefined) return { window: "0s" };
  const { text, changed } = boundedDuration(ms, { min: "0s", max: "1h" });
  if (changed !== null) node.note(own === undefined ? "warmupDurationSecs" : "warmup", changed, "changed");
  const aggression = own?.number("aggression") ?? 1;
  if (aggression > 100) own?.note("aggression", "becomes 100, the most there is", "changed");
  return {
    window: text,
    aggression: Math.min(100, aggression),
    minWeightPercent: own?.number("minimumPercent") ?? 10,
  };
}
