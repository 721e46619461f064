/**
 * Asks the objects of some services for their metrics: roots first, which name their regions, then those, then their shards. A few
 * at a time, so many in all and until a time; what was not asked or gave no answer is counted as missing.
 */
import { type MonitorScope, monitorName } from "../../src/core/monitor/monitor-name.ts";
import type { Region } from "../../src/core/region.ts";
import {
  mergeShards,
  type Scrape,
  type ScrapedConfig,
  type ScrapedObject,
} from "../../src/telemetry/metrics/scraped.ts";
import type { ServiceObjectives } from "../../src/telemetry/metrics/slo.ts";
import type { ControlEnvironment } from "./environment.ts";
import { ask, Unreachable } from "./http/ask.ts";
import { askHistory } from "./live/history.ts";
import { mapInParallel } from "./live/in-parallel.ts";
import { headVersion, meshInForce } from "./live/mesh-config.ts";

/** An object has so long, ms. */
const ANSWER_MS = 3_000;
/** Objects asked at once: what a Worker may have open. */
const AT_ONCE = 6;
/** Objects asked by one scrape: below the thousand calls that one request of a Worker may make. */
const MAX_OBJECTS = 900;
/** No object is asked after so long: Prometheus waits 10 s by default. */
const ASK_UNTIL_MS = 7_000;

interface Asking {
  readonly env: ControlEnvironment;
  readonly untilMs: number;
  asked: number;
  missing: number;
}

/** Everything that the services' objects count. Never rejects for objects that are away. */
export async function scrape(env: ControlEnvironment, services: readonly string[], nowMs: number): Promise<Scrape> {
  const asking: Asking = { env, untilMs: nowMs + ASK_UNTIL_MS, asked: 0, missing: 0 };
  const configured = configInForce(asking);
  const roots = await mapInParallel(services, AT_ONCE, (service) => metricsOf(asking, service, "root"));
  const places = roots.flatMap((root, i) =>
    (root?.description.heard ?? []).map(({ region }) => ({ service: services[i]!, region })),
  );
  const regions = await mapInParallel(places, AT_ONCE, ({ service, region }) => wholeRegion(asking, service, region));
  const objectives = await objectivesOf(asking, services);
  return {
    objects: [...roots, ...regions].filter((object) => object !== null),
    config: await configured,
    objectives,
    asked: asking.asked,
    missing: asking.missing,
    durationMs: Date.now() - nowMs,
  };
}

/** A region with its shards; null when one of them is missing, since a sum without it would go backwards. */
async function wholeRegion(asking: Asking, service: string, region: Region): Promise<ScrapedObject | null> {
  const object = await metricsOf(asking, service, region);
  if (object === null) return null;
  const shards: ScrapedObject[] = [];
  for (const { shard } of object.description.shards) {
    const one = await metricsOf(asking, service, region, shard);
    if (one === null) return null;
    shards.push(one);
  }
  return mergeShards(object, shards);
}

/** One object's word. Null, and counted as missing, when it gives none. */
async function metricsOf(
  asking: Asking,
  service: string,
  scope: MonitorScope,
  shard: number | null = null,
): Promise<ScrapedObject | null> {
  asking.asked += 1;
  const name = monitorName(service, scope, shard);
  if (asking.asked > MAX_OBJECTS || Date.now() > asking.untilMs) {
    asking.missing += 1;
    return null;
  }
  try {
    const reply = await ask(name, () => asking.env.SERVICE_MONITOR.getByName(name).metrics(), ANSWER_MS);
    if (reply.ok) return reply;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    console.warn(JSON.stringify({ event: "monitor_away", monitor: name, error: String(error.cause) }));
  }
  asking.missing += 1;
  return null;
}

/** Of those of the services that promise something. */
async function objectivesOf(asking: Asking, services: readonly string[]): Promise<readonly ServiceObjectives[]> {
  const { env } = asking;
  try {
    const mesh = await meshInForce(env);
    const promising = mesh.services.filter(({ name, slo }) => slo !== undefined && services.includes(name));
    const replies = await mapInParallel(promising, AT_ONCE, async ({ name }): Promise<ServiceObjectives | null> => {
      asking.asked += 1;
      if (asking.asked <= MAX_OBJECTS && Date.now() <= asking.untilMs) {
        const reply = await askHistory(env, name, (history) => history.slo()).catch(() => null);
        if (reply !== null) return reply;
      }
      asking.missing += 1;
      return null;
    });
    return replies.filter((reply) => reply !== null);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return [];
  }
}

async function configInForce(asking: Asking): Promise<ScrapedConfig | null> {
  asking.asked += 1;
  try {
    const head = await headVersion(asking.env);
    return head === null ? { version: 0, digest: "" } : { version: head.version, digest: head.digest };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    asking.missing += 1;
    return null;
  }
}
