/** Asks the monitors of services what they know. What gives no answer is left out, and named. */
import type { MonitorDescription } from "../../../src/core/monitor/describe.ts";
import { type MonitorScope, monitorName } from "../../../src/core/monitor/monitor-name.ts";
import type { Region } from "../../../src/core/region.ts";
import type { ControlEnvironment } from "../environment.ts";
import { ask, Unreachable } from "../http/ask.ts";
import { mapInParallel } from "./in-parallel.ts";

/** A monitor has so long. */
const ANSWER_MS = 3_000;
/** Monitors asked at once: what a Worker may have open. */
const AT_ONCE = 6;

export type Described =
  | { readonly state: "described"; readonly description: MonitorDescription }
  /** The mesh that it runs has no such service. */
  | { readonly state: "unknown" }
  | { readonly state: "away" };

/** What one monitor knows. Never rejects. */
export async function describe(env: ControlEnvironment, service: string, scope: MonitorScope): Promise<Described> {
  const name = monitorName(service, scope);
  try {
    const reply = await ask(name, () => env.SERVICE_MONITOR.getByName(name).describe(), ANSWER_MS);
    return reply.ok ? { state: "described", description: reply.description } : { state: "unknown" };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    console.warn(JSON.stringify({ event: "monitor_away", monitor: name, error: String(error.cause) }));
    return { state: "away" };
  }
}

/** What the roots of services know, in the order given. Never rejects. */
export function describeRoots(
  env: ControlEnvironment,
  services: readonly string[],
): Promise<readonly { readonly service: string; readonly root: Described }[]> {
  return mapInParallel(services, AT_ONCE, async (service) => ({ service, root: await describe(env, service, "root") }));
}

export interface WholeService {
  readonly root: MonitorDescription;
  readonly regions: readonly MonitorDescription[];
  /** Regions that the root has heard of and that gave no answer. */
  readonly missing: readonly Region[];
}

/** What all monitors of a service know; the state of its root when that knows nothing. Never rejects. */
export async function describeWhole(
  env: ControlEnvironment,
  service: string,
): Promise<{ readonly state: "described"; readonly whole: WholeService } | Exclude<Described, { state: "described" }>> {
  const root = await describe(env, service, "root");
  if (root.state !== "described") return root;
  const names = root.description.heard.map(({ region }) => region);
  const answers = await mapInParallel(names, AT_ONCE, async (region) => ({
    region,
    answer: await describe(env, service, region),
  }));
  return {
    state: "described",
    whole: {
      root: root.description,
      regions: answers.flatMap(({ answer }) => (answer.state === "described" ? [answer.description] : [])),
      missing: answers.filter(({ answer }) => answer.state !== "described").map(({ region }) => region),
    },
  };
}
