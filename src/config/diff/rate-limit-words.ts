/** Rate limits in the words of the config, and the routes that they hold for. */

import type { Mesh, RateLimit, RateLimitCost, RateLimitCounting, RouteRule } from "../../core/mesh.ts";
import { partInWords } from "../../core/rate-limit/key-words.ts";
import { duration, type Words } from "./words.ts";

type Tree = { readonly [key: string]: Words };

export function rateLimitInWords({ counting, key, cost, scope, onFailure, dryRun, headers }: RateLimit): Tree {
  return {
    algorithm: counting.type,
    ...countingInWords(counting),
    key: key.map(partInWords),
    cost: costInWords(cost),
    scope: scope.type,
    ...(scope.type === "colo" && { binding: scope.binding }),
    ...(scope.type !== "local" && { onFailure }),
    dryRun,
    headers,
  };
}

function countingInWords(counting: RateLimitCounting): Tree {
  const { limit } = counting;
  switch (counting.type) {
    case "token-bucket":
      return { limit, window: duration(counting.windowMs), burst: counting.burst };
    case "sliding-window":
    case "sliding-log":
      return { limit, window: duration(counting.windowMs) };
    case "quota":
      return { limit, period: counting.period };
    case "concurrency":
      return { limit, maxHold: duration(counting.holdMs) };
  }
}

function costInWords(cost: RateLimitCost): Words {
  return cost.type === "fixed" ? cost.units : { header: cost.name, default: cost.default, max: cost.max };
}

/** Names of the limits that hold for a rule, in the order in which they are asked. */
export function limitsOf({ guard }: RouteRule, { guards, rateLimits }: Mesh): readonly string[] {
  const indices = guard === undefined ? [] : (guards?.[guard]?.rateLimits ?? []);
  return indices.map((index) => rateLimits?.[index]?.name ?? "");
}

/** Names of the routes that a limit holds for. */
export function routesLimitedBy(name: string, mesh: Mesh): readonly string[] {
  return mesh.routes
    .filter(({ rules }) => rules.some((rule) => limitsOf(rule, mesh).includes(name)))
    .map((route) => route.name);
}
