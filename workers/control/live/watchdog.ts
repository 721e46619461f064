/**
 * Keeps going what goes by alarms of its own: the event hub, and each service's history and registry. The platform gives an
 * alarm up that has failed often, and a mesh that was bundled and never applied has told nobody that it is there.
 */
import type { ControlEnvironment } from "../environment.ts";
import { ask } from "../http/ask.ts";
import { eventHub } from "./event-hub.ts";
import { mapInParallel } from "./in-parallel.ts";
import { refreshRegistries } from "./registries.ts";
import { serviceNames } from "./services.ts";

const AT_ONCE = 6;
const ANSWER_MS = 5_000;
/** While the API is used, so often at most: a local workerd has no cron. */
const EVERY_MS = 60_000;

let wokenAtMs = Number.NEGATIVE_INFINITY;

/** Wakes the hub, the history of every service, and the registry of those that are discovered. Never rejects. */
export async function wakeObjects(env: ControlEnvironment): Promise<void> {
  await ask("the event hub", () => eventHub(env).wake(), ANSWER_MS).catch(() => null);
  try {
    await mapInParallel(await serviceNames(env), AT_ONCE, async (name) => {
      await ask("the history", () => env.SERVICE_HISTORY.getByName(name).start(), ANSWER_MS).catch(() => null);
    });
  } catch (error) {
    console.warn(JSON.stringify({ event: "histories_not_woken", error: String(error) }));
  }
  await refreshRegistries(env);
}

/** Wakes them if this isolate has not done so lately; null: it has. */
export function wakeIfDue(env: ControlEnvironment, nowMs: number): Promise<void> | null {
  if (nowMs - wokenAtMs < EVERY_MS) return null;
  wokenAtMs = nowMs;
  return wakeObjects(env);
}
