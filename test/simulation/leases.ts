/**
 * Plays isolates that share a limit, in virtual time, and prints how much of the limit is used and what that costs in calls.
 *
 *     node test/simulation/leases.ts [--seeds 1,2]     # a minute
 */
import { parseArgs } from "node:util";
import type { LeasableCounting } from "../../src/core/rate-limit/lease/meter.ts";
import { seededRng } from "../../src/core/rng.ts";
import { LeaseWorld } from "../fixtures/lease-world.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "1,2" } } });
const seeds = values.seeds.split(",").map(Number);

const window = (limit: number, windowMs: number): LeasableCounting => ({ type: "sliding-window", limit, windowMs });
const bucket = (limit: number, windowMs: number, burst: number): LeasableCounting => ({
  type: "token-bucket",
  limit,
  windowMs,
  burst,
});

interface Scenario {
  readonly name: string;
  readonly counting: LeasableCounting;
  readonly isolates: number;
  /** What is asked for, as a share of the limit. */
  readonly load: number;
}

const KINDS: readonly (readonly [string, LeasableCounting])[] = [
  ["100 a second", window(100, 1_000)],
  ["1,000 a second", window(1_000, 1_000)],
  ["1,000 in 5 s", window(1_000, 5_000)],
  ["bucket, 100 a second, burst 100", bucket(100, 1_000, 100)],
  ["10,000 a minute", window(10_000, 60_000)],
];
const scenarios = KINDS.flatMap(([name, counting]) =>
  [10, 300].flatMap((isolates) => [2, 0.5].map((load): Scenario => ({ name, counting, isolates, load }))),
);

/** Share of the ideal that passed, and calls per request, after a window to begin with. */
function play({ counting, isolates, load }: Scenario, exact: boolean, seed: number) {
  const rng = seededRng(seed);
  const windowMs = counting.type === "quota" ? 0 : counting.windowMs;
  const world = new LeaseWorld({ counting, isolates, exact, rng, delayMs: [10, 100] });
  const seconds = windowMs >= 60_000 ? 180 : 30;
  const perSecond = (load * counting.limit * 1_000) / windowMs;
  for (let i = 0; i < perSecond * seconds; i += 1) {
    world.at(rng() * seconds * 1_000, () => world.request(Math.floor(rng() * isolates)));
  }
  world.runUntil(windowMs);
  const [admitted, calls] = [world.admissions.length, world.calls];
  world.runUntil(seconds * 1_000);
  const judgedMs = seconds * 1_000 - windowMs;
  const ideal = (Math.min(1, load) * counting.limit * judgedMs) / windowMs;
  return {
    share: (world.admissions.length - admitted) / ideal,
    calls: (world.calls - calls) / ((perSecond * judgedMs) / 1_000),
  };
}

const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
console.log("| limit | isolates | asked for | exact: passed | calls | not exact: passed | calls |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const scenario of scenarios) {
  const cells = [true, false].flatMap((exact) => {
    const runs = seeds.map((seed) => play(scenario, exact, seed));
    return [
      `${(100 * mean(runs.map(({ share }) => share))).toFixed(0)} %`,
      mean(runs.map(({ calls }) => calls)).toFixed(2),
    ];
  });
  const { name, isolates, load } = scenario;
  console.log(`| ${name} | ${isolates} | ${load * 100} % | ${cells.join(" | ")} |`);
}
