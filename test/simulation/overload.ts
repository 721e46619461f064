/**
 * Plays overloads with and without adaptive concurrency and prints a table: origins that carry the traffic with half of their
 * time, until callers want 120 to 300 % of what they can do, or until they need several times the time for each request.
 *
 *     node test/simulation/overload.ts [--seeds 1,2,3] [--policies adaptive,least-request,round-robin]     # some minutes
 */
import { parseArgs } from "node:util";
import { createSketch, mergeColumns, quantile, sketchToColumns } from "../../src/core/load/sketch.ts";
import type { AdaptiveConcurrency, Mesh, PolicyName } from "../../src/core/mesh.ts";
import { createDay } from "../../src/simulate/day.ts";
import { play, warmUp } from "../../src/simulate/game-day.ts";
import type { Fault } from "../../src/simulate/scenario.ts";
import { compileFleet, SHAPES } from "./policies/fleet.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1,2,3" },
    policies: { type: "string", default: "adaptive,least-request,round-robin" },
  },
});

const { rps } = SHAPES.small;
const LIMITS: AdaptiveConcurrency = { tolerance: 1.5, minQueueMs: 50, minAdmitRatio: 0.05 };
const FAULT_MS = 40_000;
/** The first seconds are the surprise, which no limit that learns can spare anybody. */
const JUDGED_FROM_MS = 5_000;
const WARM_UP_MS = 20_000;

interface Overload {
  readonly name: string;
  /** Of the origins' time, before anything goes wrong. */
  readonly utilisation: number;
  readonly fault: Fault | null;
}

const surge = (percent: number): Overload => ({
  name: `${percent} %`,
  utilisation: 0.5,
  fault: { type: "surge", factor: percent / 50 },
});
const OVERLOADS: readonly Overload[] = [
  { name: "70 %", utilisation: 0.7, fault: null },
  { name: "95 %", utilisation: 0.95, fault: null },
  surge(120),
  surge(150),
  surge(200),
  surge(300),
  { name: "all 4 times slower", utilisation: 0.5, fault: { type: "slow", target: { type: "all" }, factor: 4 } },
  {
    name: "one 10 times slower",
    utilisation: 0.5,
    fault: { type: "slow", target: { type: "endpoint", id: "e0" }, factor: 10 },
  },
];

interface Judged {
  readonly goodputRps: number;
  readonly p99Ms: number;
}

function playDay(mesh: Mesh, { name, utilisation, fault }: Overload, policy: PolicyName, seed: number): Judged {
  const scenario = { name, faults: fault === null ? [] : [{ fault, atMs: 0, forMs: FAULT_MS }] };
  const day = createDay({ mesh, scenario, seed, rps, durationMs: FAULT_MS, warmUpMs: WARM_UP_MS, utilisation, policy });
  warmUp(day);
  play(day);
  const { buckets, bucketMs } = day.recorder;
  const latency = createSketch();
  let good = 0;
  for (const bucket of buckets.slice(JUDGED_FROM_MS / bucketMs, FAULT_MS / bucketMs)) {
    good += bucket.withinSlo;
    mergeColumns(latency, sketchToColumns(bucket.latency));
  }
  const p99Ms = latency.total === 0 ? Number.NaN : quantile(latency, 0.99);
  return { goodputRps: (1_000 * good) / (FAULT_MS - JUDGED_FROM_MS), p99Ms };
}

const plain = await compileFleet();
const limited: Mesh = {
  ...plain,
  services: plain.services.map((service) => ({
    ...service,
    limits: { ...service.limits, adaptiveConcurrency: LIMITS },
  })),
};
const seeds = values.seeds.split(",").map(Number);
const policies = values.policies.split(",") as PolicyName[];
const mean = (all: readonly Judged[], of: (one: Judged) => number) =>
  (all.reduce((sum, one) => sum + of(one), 0) / all.length).toFixed(0);

console.log(`| overload | ${policies.map((policy) => `${policy}, off | on`).join(" | ")} |`);
console.log(`| --- |${policies.map(() => " ---: | ---: |").join("")}`);
for (const overload of OVERLOADS) {
  const cells = policies.flatMap((policy) =>
    [plain, limited].map((mesh) => {
      const days = seeds.map((seed) => playDay(mesh, overload, policy, seed));
      return `${mean(days, ({ goodputRps }) => goodputRps)}/s, ${mean(days, ({ p99Ms }) => p99Ms)} ms`;
    }),
  );
  console.log(`| ${overload.name} | ${cells.join(" | ")} |`);
}
