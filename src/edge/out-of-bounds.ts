import type { Breach } from "../core/limit/bounds.ts";
import type { Refusal } from "../core/refusal.ts";
import type { Arrived } from "./arrived.ts";
import { logRefusal } from "./refusal-log.ts";
import { requestIdOf } from "./request-id.ts";

type OutOfBounds = Extract<Refusal, { readonly reason: "out_of_bounds" }>;

/** Never throws. */
export function outOfBounds({ matched }: Pick<Arrived, "matched">, breach: Breach): OutOfBounds {
  return { reason: "out_of_bounds", route: matched.route.name, rule: matched.rule.name, ...breach };
}

/** What a bound on trial would have refused goes to the log of refusals. */
export function logTrial({ request, matched, isolate }: Arrived, breach: Breach): void {
  const refusal: Refusal = { ...outOfBounds({ matched }, breach), dryRun: true };
  logRefusal(isolate.refusals, refusal, requestIdOf(request.headers), Date.now());
}
