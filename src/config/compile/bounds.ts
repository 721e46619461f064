import type { Bounds, DeniedPaths } from "../../core/mesh.ts";
import { normalPath } from "../../core/route/normal-path.ts";
import { durationMs } from "../duration.ts";
import {
  type BoundsConfig,
  type BoundsOverride,
  boundsSchema,
  type DeniedPathConfig,
  deniedPathsOf,
} from "../schema/bounds.ts";
import { folded } from "../schema/patterns.ts";
import type { AutomatonTable } from "./automata.ts";
import { overlay } from "./resolve.ts";

/** What a rule says goes before what its route says, field by field. Undefined: neither says anything. */
export function compileBounds(
  route: BoundsConfig | undefined,
  rule: BoundsOverride | undefined,
  automata: AutomatonTable,
): Bounds | undefined {
  if (route === undefined && rule === undefined) return undefined;
  const config = overlay(route ?? boundsSchema.parse({}), rule);
  return {
    methods: config.methods,
    maxUrlLength: config.maxUrlLength,
    maxHeaders: config.maxHeaders,
    maxHeaderBytes: config.maxHeaderBytes,
    maxBodyBytes: config.maxBodyBytes,
    bodyPace: {
      timeoutMs: durationMs(config.bodyTimeout),
      graceMs: durationMs(config.bodyGrace),
      minBytesPerSecond: config.minBodyRate,
    },
    deniedPaths: compileDeniedPaths(deniedPathsOf(config.deniedPaths), automata),
    ambiguousPaths: config.ambiguousPaths,
    ...(config.underscoreHeaders === "refuse" && { underscoreHeaders: "refuse" as const }),
    deniedUserAgents: [...new Set(config.deniedUserAgents.map((text) => text.toLowerCase()))],
    emptyUserAgent: config.emptyUserAgent,
    bots: config.bots ?? null,
    dryRun: config.dryRun,
  };
}

function compileDeniedPaths(paths: readonly DeniedPathConfig[], automata: AutomatonTable): DeniedPaths {
  const of = (type: DeniedPathConfig["type"]) => paths.filter((path) => path.type === type);
  return {
    exact: of("Exact").map(({ value }) => denied(value)),
    prefixes: of("PathPrefix").map(({ value }) => denied(value).replace(/\/$/, "")),
    patterns: of("RegularExpression").map(({ value }) => automata.add(folded(value, true))),
  };
}

/** In the form in which requests' paths are compared. */
function denied(path: string): string {
  return normalPath(path, true).toLowerCase();
}
