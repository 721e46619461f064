/** The scenarios of the comparison, as `heddle simulate --scenario` takes them, and which stretch of each is judged. */
import { readScenario } from "../../../src/cli/simulate/catalogue.ts";
import { placesOf } from "../../../src/cli/simulate/targets.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { REGION_SHARES } from "../../../src/simulate/input.ts";
import type { Scenario } from "../../../src/simulate/scenario.ts";

/** Name in the tables → what is simulated. `e0` is the origin nearest to most callers. */
export const SCENARIOS: Readonly<Record<string, string>> = {
  none: "none",
  down: "down=e0",
  "black-hole": "black-hole=e0",
  gray: "gray=e0:20%",
  slow: "slow=e0:10",
  "fast-fail": "fast-fail=e0",
  "cloud-outage": "cloud-outage=azure",
  "region-outage": "region-outage=aws/us-east-1",
  flapping: "flapping=e0:3s",
  antagonist: "antagonist=e0:50%",
  "capacity-cut": "capacity-cut=e0:50%",
  recovery: "recovery=e0:5",
  "retry-storm": "retry-storm=3",
  surge: "surge=2",
  "path-loss": "path-loss=e0:enam",
  partition: "partition+down=e0",
  "bad-config": "bad-config=e0",
};

/** Times from the end of the warm-up, ms. */
export interface ComparedDay {
  readonly scenario: Scenario;
  readonly durationMs: number;
  /** What is judged: from the start of the faults until what they held up is answered; of a recovery, its first seconds. */
  readonly judgedFromMs: number;
  readonly judgedToMs: number;
}

/** Some of it is the time that a fault's last requests take; caches of a recovering origin warm up in 20 s. */
const AFTERMATH_MS = 5_000;
const WARMING_MS = 20_000;

/**
 * The day of a scenario.
 *
 * - `forMs`: how long its faults last, > 0.
 *
 * Throws on a name that is not in SCENARIOS.
 */
export function dayOf(name: string, mesh: Mesh, forMs: number): ComparedDay {
  const text = SCENARIOS[name];
  const regions = Object.keys(REGION_SHARES) as (keyof typeof REGION_SHARES)[];
  const read = readScenario(text ?? "", { places: placesOf(mesh), regions, atMs: 0, forMs });
  if (!read.ok) throw new Error(`${name}: ${read.message}`);
  const judgedFromMs = name === "recovery" ? forMs : 0;
  const judgedToMs = forMs + AFTERMATH_MS + (name === "recovery" ? WARMING_MS : 0);
  return { scenario: { ...read.value, name }, durationMs: judgedToMs, judgedFromMs, judgedToMs };
}
