/** The object that keeps what a service's monitors counted. */
import type { ServiceHistoryCalls } from "../../../durable-objects/service-history/replies.ts";
import type { ControlEnvironment } from "../environment.ts";
import { ask } from "../http/ask.ts";

const ANSWER_MS = 8_000;

/** What a service's history says. Throws Unreachable when it gives no answer. */
export function askHistory<T>(
  env: ControlEnvironment,
  service: string,
  question: (history: ServiceHistoryCalls) => Promise<T>,
): Promise<T> {
  return ask(`the history of ${service}`, () => question(env.SERVICE_HISTORY.getByName(service)), ANSWER_MS);
}
