/**
 * Plays days on which an endpoint goes bad slowly, with anomaly detection off, telling only, and leaning, and prints what it changed.
 *
 *     node test/simulation/anomaly.ts [--scenarios creep,gray5] [--policies adaptive,least-request] [--loads 50,70] [--seeds 1,2,3]
 *
 * The fleet is that of compare.ts: eight origins, 600 requests/s. 90 s to warm up, then a fault of 60 s; judged are these and 5 s
 * more. Found after: from the fault's begin to the first `degrading` about an endpoint that it hits, by any object. False: of others.
 */
import { parseArgs } from "node:util";
import { createSketch, mergeColumns, quantile, sketchToColumns } from "../../src/core/load/sketch.ts";
import type { AnomalyDetection, Mesh, PolicyName } from "../../src/core/mesh.ts";
import { createDay } from "../../src/simulate/day.ts";
import { play, warmUp } from "../../src/simulate/game-day.ts";
import type { Fault, Scenario, Target } from "../../src/simulate/scenario.ts";
import { compileFleet } from "./policies/fleet.ts";

const FAULT_MS = 60_000;
const WARM_UP_MS = 90_000;
const AFTERMATH_MS = 5_000;
const SLO_MS = 500;
const RPS = 600;

const e0: Target = { type: "endpoint", id: "e0" };
const region: Target = { type: "region", cloud: "aws", region: "us-east-1" };
const during = (...faults: readonly Fault[]) => faults.map((fault) => ({ fault, atMs: 0, forMs: FAULT_MS }));
const slow = (factor: number, target: Target = e0): Fault => ({ type: "slow", target, factor });

/** Name → its faults, and the endpoints that they hit. */
const DAYS: Readonly<Record<string, { readonly faults: Scenario["faults"]; readonly hit: readonly string[] }>> = {
  none: { faults: [], hit: [] },
  // A tenth more every three seconds, up to twice.
  creep: {
    faults: Array.from({ length: 10 }, (_, i) => ({
      fault: slow((1.1 + i / 10) / (i === 0 ? 1 : 1 + i / 10)),
      atMs: i * 3_000,
      forMs: FAULT_MS - i * 3_000,
    })),
    hit: ["e0"],
  },
  "slow1.5": { faults: during(slow(1.5)), hit: ["e0"] },
  slow2: { faults: during(slow(2)), hit: ["e0"] },
  slow10: { faults: during(slow(10)), hit: ["e0"] },
  "region-slow": { faults: during(slow(1.6, region)), hit: ["e0", "e1"] },
  gray5: { faults: during({ type: "gray", target: e0, errorPercent: 5 }), hit: ["e0"] },
  gray20: { faults: during({ type: "gray", target: e0, errorPercent: 20 }), hit: ["e0"] },
  "capacity-cut": { faults: during({ type: "capacity-cut", target: e0, percent: 50 }), hit: ["e0"] },
  antagonist: { faults: during({ type: "antagonist", target: e0, percent: 40 }), hit: ["e0"] },
  down: { faults: during({ type: "down", target: e0 }), hit: ["e0"] },
  "all-slow": { faults: during(slow(1.3, { type: "all" })), hit: [] },
  surge: { faults: during({ type: "surge", factor: 1.3 }), hit: [] },
};

type Mode = "off" | "events" | "lean";
const MODES: Readonly<Record<Mode, AnomalyDetection | undefined>> = {
  off: undefined,
  events: { sensitivity: "medium", maxLeanPercent: 0 },
  lean: { sensitivity: "medium", maxLeanPercent: 50 },
};

const { values } = parseArgs({
  options: {
    scenarios: { type: "string", default: Object.keys(DAYS).join(",") },
    policies: { type: "string", default: "adaptive,least-request,round-robin" },
    loads: { type: "string", default: "50" },
    seeds: { type: "string", default: "1,2" },
    modes: { type: "string", default: "off,lean" },
  },
});

interface Shown {
  readonly success: number;
  readonly withinSlo: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly retries: number;
  readonly foundMs: number | null;
  readonly falseAlarms: number;
}

function playDay(mesh: Mesh, name: string, mode: Mode, policy: PolicyName, load: number, seed: number): Shown {
  const { faults, hit } = DAYS[name]!;
  const { anomalyDetection: _, ...rest } = mesh.services[0]!;
  const params = MODES[mode];
  const service = params === undefined ? rest : { ...rest, anomalyDetection: params };
  const day = createDay({
    mesh: { ...mesh, services: [service] },
    scenario: { name, faults },
    seed,
    rps: RPS,
    durationMs: FAULT_MS + AFTERMATH_MS,
    warmUpMs: WARM_UP_MS,
    sloMs: SLO_MS,
    utilisation: load / 100,
    policy,
  });
  warmUp(day);
  play(day);
  const latency = createSketch();
  let [requests, ok, withinSlo, retries] = [0, 0, 0, 0];
  for (const bucket of day.recorder.buckets) {
    requests += bucket.requests;
    ok += bucket.ok;
    withinSlo += bucket.withinSlo;
    retries += bucket.retries;
    mergeColumns(latency, sketchToColumns(bucket.latency));
  }
  const told = day.transitions.filter(({ to }) => to === "degrading");
  const isHit = (id: string) => hit.some((one) => id === one || id.endsWith(`/${one}`));
  const found = told.filter(({ endpoint }) => isHit(endpoint)).map(({ atMs }) => atMs);
  return {
    success: ok / requests,
    withinSlo: withinSlo / requests,
    p50Ms: quantile(latency, 0.5),
    p99Ms: quantile(latency, 0.99),
    retries: retries / requests,
    foundMs: found.length === 0 ? null : Math.min(...found),
    falseAlarms: told.length - found.length,
  };
}

const listOf = (text: string) => text.split(",").filter((word) => word !== "");
const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
const percent = (ratio: number) => (100 * ratio).toFixed(2);

const mesh = await compileFleet();
const seeds = listOf(values.seeds).map(Number);
console.log(
  "| scenario | policy | load | mode | success, % | within 500 ms, % | p50 | p99 | retries, % | found after, s | false |",
);
console.log("|---|---|---:|---|---:|---:|---:|---:|---:|---|---:|");
for (const name of listOf(values.scenarios)) {
  for (const policy of listOf(values.policies) as PolicyName[]) {
    for (const load of listOf(values.loads).map(Number)) {
      for (const mode of listOf(values.modes) as Mode[]) {
        const shown = seeds.map((seed) => playDay(mesh, name, mode, policy, load, seed));
        const of = (key: Exclude<keyof Shown, "foundMs">) => mean(shown.map((one) => one[key]));
        const found = shown.map(({ foundMs }) => (foundMs === null ? "–" : (foundMs / 1_000).toFixed(0)));
        console.log(
          `| ${name} | ${policy} | ${load} | ${mode} | ${percent(of("success"))} | ${percent(of("withinSlo"))} | ${of("p50Ms").toFixed(0)} | ` +
            `${of("p99Ms").toFixed(0)} | ${percent(of("retries"))} | ${mode === "off" ? "" : found.join(" ")} | ${shown.reduce((sum, one) => sum + one.falseAlarms, 0)} |`,
        );
      }
    }
  }
}
