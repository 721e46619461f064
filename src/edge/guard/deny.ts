import type { Refusal } from "../../core/refusal.ts";
import type { Arrived } from "../arrived.ts";
import { changesAnswers, withFilters } from "../filter/answers.ts";
import { refuseHere } from "../refuse-here.ts";

/**
 * Refuses a guarded request: the evidence goes to the log, the caller gets the status, and what the rule does to every
 * answer is done to this one too, or pages could not read why they were refused. Never throws.
 */
export function deny(
  arrived: Arrived,
  refusal: Refusal,
  headers: readonly (readonly [name: string, value: string])[] = [],
): Response {
  const response = refuseHere(arrived, refusal);
  for (const [name, value] of headers) response.headers.append(name, value);
  const chain = { rule: arrived.matched.rule.filters, backend: null };
  return changesAnswers(chain) ? withFilters(chain, arrived.request, response) : response;
}
