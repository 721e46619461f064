/** Families of how things stand: gauges, from the descriptions of monitors. */
import type { MonitorDescription } from "../../core/monitor/describe.ts";
import { placeOf } from "./counted.ts";
import type { Scrape, ScrapedConfig, ScrapedObject } from "./scraped.ts";
import type { Labels, MetricFamily, Sample } from "./write.ts";

const BREAKERS = ["closed", "open", "half_open"] as const;
/** HealthCode: 0 unknown and 1 healthy serve. */
const LAST_SERVING = 1;

/** All gauges, and what the scrape itself was. Linear in the objects. */
export function stateFamilies(scrape: Scrape): readonly MetricFamily[] {
  const { objects, config } = scrape;
  const regions = objects.filter(({ description }) => description.scope !== "root");
  const roots = objects.filter(({ description }) => description.scope === "root");
  return [
    ...endpointFamilies(regions),
    ofEach(regions, "heddle_retry_budget_remaining_ratio", "ratio", HELP.budget, ({ retryAllow }) => retryAllow),
    ofEach(
      regions,
      "heddle_shed_ratio",
      "ratio",
      "Share of requests that isolates are told to shed.",
      ({ shed }) => shed,
    ),
    ofEach(regions, "heddle_reporters", "", "Isolates that reported in the last 15 s.", ({ reporters }) => reporters),
    ofEach(regions, "heddle_memory_age_seconds", "seconds", HELP.memory, ({ memoryAgeMs }) => memoryAgeMs / 1_000),
    gauge("heddle_snapshot_age_seconds", "seconds", HELP.snapshot, regions, (object) => [
      { labels: placeOf(object), value: object.oldestSnapshotMs / 1_000 },
    ]),
    ...configFamilies(objects, config),
    gauge("heddle_overrides", "", "Operators' words in force, by action and state.", roots, overrides),
    ...scrapeFamilies(scrape),
  ];
}

const HELP = {
  budget: "Probability that a retry which is wanted may be made: 1 within the budget.",
  memory: "For how long the object has been learning without a break.",
  snapshot: "Age of the oldest shared snapshot that an isolate went by in the last minute, as it said itself.",
} as const;

function endpointFamilies(regions: readonly ScrapedObject[]): readonly MetricFamily[] {
  type Endpoint = MonitorDescription["endpoints"][number];
  const ofEndpoints = (
    name: string,
    unit: string,
    help: string,
    samplesOf: (endpoint: Endpoint, labels: Labels) => readonly Sample[],
  ) =>
    gauge(name, unit, help, regions, (object) =>
      object.description.endpoints.flatMap((endpoint) =>
        samplesOf(endpoint, [...placeOf(object), ["endpoint", endpoint.id]]),
      ),
    );
  return [
    ofEndpoints("heddle_endpoint_up", "", "1: it may take traffic, 0: it may not.", (endpoint, labels) => [
      { labels, value: endpoint.health <= LAST_SERVING && endpoint.breaker !== 1 ? 1 : 0 },
    ]),
    ofEndpoints("heddle_breaker_state", "", "1 for the state that the breaker is in.", ({ breaker }, labels) =>
      BREAKERS.map((state, code) => ({ labels: [...labels, ["state", state]], value: breaker === code ? 1 : 0 })),
    ),
    ofEndpoints("heddle_in_flight", "", "Requests in flight, as isolates said last.", ({ inFlight }, labels) => [
      { labels, value: inFlight },
    ]),
    ofEndpoints("heddle_endpoint_weight", "", "Configured weight times what is made of it now.", (endpoint, labels) => [
      { labels, value: endpoint.effectiveWeight },
    ]),
    ofEndpoints(
      "heddle_endpoint_share_ratio",
      "ratio",
      "Probability of a request by the model.",
      (endpoint, labels) => [{ labels, value: endpoint.probability }],
    ),
  ];
}

function configFamilies(objects: readonly ScrapedObject[], config: ScrapedConfig | null): readonly MetricFamily[] {
  const regions = objects.filter(({ description }) => description.scope !== "root");
  const samples: Sample[] =
    config === null
      ? []
      : [
          {
            labels: [
              ["version", String(config.version)],
              ["digest", config.digest],
            ],
            value: 1,
          },
        ];
  const inForce = config !== null && config.version > 0 ? config : null;
  return [
    { name: "heddle_config_version", help: "The config in force.", unit: "", type: "info", samples },
    // Another name: a gauge cannot share the one of the info above.
    gauge("heddle_config_current", "", "1: the object runs the config in force.", objects, (object) =>
      inForce === null
        ? []
        : [{ labels: placeOf(object), value: object.description.meshVersion === inForce.digest ? 1 : 0 }],
    ),
    gauge("heddle_config_reporters", "", "Isolates by the digest of the mesh that they run.", regions, (object) =>
      object.description.reach.meshes.map(({ version, reporters }) => ({
        labels: [...placeOf(object), ["digest", version]],
        value: reporters,
      })),
    ),
    gauge(
      "heddle_config_refusals",
      "",
      "Isolates that could not run a mesh in the last ten minutes.",
      regions,
      (object) => [
        {
          labels: placeOf(object),
          value: object.description.reach.refusals.reduce((sum, { reporters }) => sum + reporters, 0),
        },
      ],
    ),
  ];
}

function overrides({ description }: ScrapedObject): readonly Sample[] {
  const counts = new Map<string, Sample>();
  for (const { action, state } of description.overrides) {
    const labels: Labels = [
      ["service", description.service],
      ["action", action],
      ["state", state],
    ];
    const key = `${action} ${state}`;
    counts.set(key, { labels, value: (counts.get(key)?.value ?? 0) + 1 });
  }
  return [...counts.values()];
}

function scrapeFamilies({ asked, missing, durationMs }: Scrape): readonly MetricFamily[] {
  const one = (name: string, unit: string, help: string, value: number): MetricFamily => ({
    name,
    help,
    unit,
    type: "gauge",
    samples: [{ labels: [], value }],
  });
  return [
    one("heddle_scrape_objects", "", "Objects that this scrape asked.", asked),
    one("heddle_scrape_missing_objects", "", "Objects that gave no answer; their series are missing here.", missing),
    one("heddle_scrape_duration_seconds", "seconds", "Time that asking took.", durationMs / 1_000),
  ];
}

function ofEach(
  objects: readonly ScrapedObject[],
  name: string,
  unit: string,
  help: string,
  amountOf: (description: MonitorDescription) => number,
): MetricFamily {
  return gauge(name, unit, help, objects, (object) => [
    { labels: placeOf(object), value: amountOf(object.description) },
  ]);
}

function gauge(
  name: string,
  unit: string,
  help: string,
  objects: readonly ScrapedObject[],
  samplesOf: (object: ScrapedObject) => readonly Sample[],
): MetricFamily {
  return { name, help, unit, type: "gauge", samples: objects.flatMap(samplesOf) };
}
