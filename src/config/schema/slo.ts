/** What a service promises: objectives, each with a budget of errors. */
import * as z from "zod";
import { BOUNDS_S } from "../../core/traffic/buckets.ts";
import { durationMs, formatDuration } from "../duration.ts";
import { suggested } from "../nearest.ts";
import { duration } from "./duration.ts";
import { type Finding, isRecord, withRule } from "./finding.ts";
import { name, placedName } from "./names.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

/** Objectives of one service. */
export const MAX_OBJECTIVES = 16;

const latency = z.strictObject({
  threshold: required(
    duration("1ms", "1h"),
    "How long a good answer may take, to its head. Of a route it has to be one of 125ms, 250ms, 500ms, 1s, 2s, 4s, 8s, 16s and 32s, which its requests are counted by.",
  ),
  percent: required(z.number().min(50).max(99.9999), "So many of the good answers take no longer."),
});

const objective = z.strictObject({
  name: required(name(), "Unique within the service."),
  ...withDefaults({
    route: derived(
      placedName(),
      "Name of a route: only its requests to the service count.",
      "all requests of the service",
    ),
    availability: derived(
      z.number().min(50).max(99.9999),
      "Percent of the requests that are answered without a 5xx, by an endpoint or by the mesh. What a retry mended is good.",
      "nothing is promised",
    ),
    latency: derived(latency, "How fast good answers are.", "nothing is promised"),
    window: setting(
      duration("1h", "2160h"),
      "The budget is that of the last so long: 720h are 30 days.",
      "720h",
      "as in the SRE workbook's examples",
    ),
  }),
});

withRule(
  objective,
  { availability: z.number().optional(), latency: z.unknown().optional() },
  function* ({ availability: share, latency: speed }) {
    if (share === undefined && speed === undefined)
      yield { path: [], message: "says neither availability nor latency" };
  },
);

withRule(
  objective,
  { route: z.string(), latency: z.object({ threshold: duration("1ms", "1h") }) },
  function* ({ latency: { threshold } }) {
    const bounds = BOUNDS_S.map((seconds) => seconds * 1_000).filter(Number.isInteger);
    if (bounds.includes(durationMs(threshold))) return;
    const message = `a route's requests are counted by ${bounds.map(formatDuration).join(", ")}`;
    yield { path: ["latency", "threshold"], message };
  },
);

export const sloSchema = z.array(objective).max(MAX_OBJECTIVES);

export type SloConfig = z.output<typeof sloSchema>[number];

/** Objectives of one service with the same name. Never throws, whatever `service` is. */
export function* sloFindings(service: unknown): Iterable<Finding> {
  const objectives = isRecord(service) && Array.isArray(service.slo) ? service.slo : [];
  const first = new Map<string, number>();
  for (const [index, one] of objectives.entries()) {
    if (!isRecord(one) || typeof one.name !== "string") continue;
    const before = first.get(one.name);
    if (before === undefined) first.set(one.name, index);
    else yield { path: ["slo", index, "name"], message: `slo[${before}] has the name ${one.name} already` };
  }
}

/** Objectives of routes that there are not. Never throws, whatever `mesh` is. */
export function* sloRouteFindings(mesh: Record<string, unknown>): Iterable<Finding> {
  const routes = (Array.isArray(mesh.routes) ? mesh.routes : []).map((route, index) =>
    isRecord(route) && typeof route.name === "string" ? route.name : `route-${index}`,
  );
  for (const [service, value] of Object.entries(isRecord(mesh.services) ? mesh.services : {})) {
    const objectives = isRecord(value) && Array.isArray(value.slo) ? value.slo : [];
    for (const [index, one] of objectives.entries()) {
      if (!isRecord(one) || typeof one.route !== "string" || routes.includes(one.route)) continue;
      const path = ["services", service, "slo", index, "route"];
      yield { path, message: `there is no route ${one.route}`, ...suggested(one.route, routes) };
    }
  }
}
