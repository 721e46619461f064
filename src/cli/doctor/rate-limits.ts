/** Limits of scope colo, against the bindings that the edge's wrangler.toml has for them: a Worker cannot ask its own. */
import type { Mesh, RateLimit } from "../../core/mesh.ts";
import type { CommandArguments } from "../command.ts";
import { countOf } from "../config/faults-report.ts";
import { shownPath } from "../config/find-config.ts";
import { findWorker } from "../deploy/worker-configs.ts";
import type { RateLimitSetting } from "../workerd/deployment.ts";
import { broken, type Check, ok } from "./check.ts";

/** Nothing where no limit asks for a binding, or there is no Worker to compare. */
export function checkRateLimits(args: CommandArguments, env: NodeJS.ProcessEnv, mesh: Mesh | null): readonly Check[] {
  const limits = (mesh?.rateLimits ?? []).filter(({ scope }) => scope.type === "colo");
  const found = limits.length === 0 ? null : findWorker("edge", args, env);
  if (found === null || !found.ok) return [];
  const { path, deployment } = found.worker;
  return [compareRateLimits(limits, deployment.rateLimits, shownPath(path))];
}

/** `file`: of the bindings, as it is shown. */
export function compareRateLimits(
  limits: readonly RateLimit[],
  bindings: readonly RateLimitSetting[],
  file: string,
): Check {
  for (const limit of limits) {
    const { name, counting, scope } = limit;
    if (scope.type !== "colo" || counting.type !== "sliding-window") continue;
    const periodSeconds = counting.windowMs / 1_000;
    const binding = bindings.find((one) => one.binding === scope.binding);
    const wanted = `simple = { limit = ${counting.limit}, period = ${periodSeconds} }`;
    if (binding === undefined) {
      const says = `${file} has no rate-limit binding ${scope.binding}, which rate limit ${name} asks`;
      return broken(
        ID,
        says,
        `add [[ratelimits]] with name = "${scope.binding}", a namespace_id of its own and ${wanted}`,
      );
    }
    if (binding.limit !== counting.limit || binding.periodSeconds !== periodSeconds) {
      const says = `${scope.binding} of ${file} allows ${binding.limit} in ${binding.periodSeconds} s, rate limit ${name} says ${counting.limit} in ${periodSeconds} s`;
      return broken(ID, says, `let it be ${wanted}, or change the config`);
    }
  }
  return ok(ID, `${countOf(limits.length, "limit")} of scope colo, as the bindings of ${file}`);
}

const ID = "rate-limits";
