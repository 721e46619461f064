/**
 * `npm run bench`: what the mesh costs, as ratios to a bare pass-through Worker on the same workerd at the same moment.
 *
 *   npm run bench -- [--rounds N] [--seconds N] [--connections N] [--only name,…] [--json FILE]
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Edge, startEdge } from "../../src/cli/workerd/start-edge.ts";
import { cpuMs, pinTo } from "./cpu.ts";
import { type Contender, type DuelResult, duel } from "./duel.ts";
import { hasWrk } from "./load.ts";
import { meshOf } from "./meshes.ts";
import { microBenchmarks } from "./micro.ts";
import { startOrigins } from "./origin.ts";
import { callsTable, duelTable, microTable } from "./report.ts";
import { type SteadyResult, steadyCalls } from "./steady.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "2" },
    connections: { type: "string", default: "32" },
    only: { type: "string" },
    json: { type: "string" },
  },
});
const wanted = values.only?.split(",");
const isWanted = (name: string) => wanted === undefined || wanted.includes(name);

const origins = await startOrigins(3);
const started: Edge[] = [];
const bareEntry = resolve(import.meta.dirname, "workers/bare.ts");

async function contender(name: string, shape: Parameters<typeof meshOf>[0], bare = false): Promise<Contender> {
  const edge = await startEdge({
    mesh: await meshOf(shape),
    dev: false,
    ...(bare ? { entry: bareEntry, namespaces: [], bindings: { ORIGIN: origins.urls[0]! } } : {}),
  });
  started.push(edge);
  pinTo(0, edge.pid);
  return { name, url: edge.url, pid: edge.pid };
}

const wide = { origins: origins.urls, routes: 1_000, endpoints: 100 };
const targets = [
  {
    name: "bare",
    label: "bare pass-through (itself)",
    shape: { origins: origins.urls },
    path: () => "/api/items?page=1",
  },
  {
    name: "default",
    label: "Heddle, default, 3 endpoints",
    shape: { origins: origins.urls },
    path: () => "/api/items?page=1",
  },
  {
    name: "wide",
    label: "Heddle, 1,000 routes, 100 endpoints",
    shape: wide,
    path: (round: number) => `/area-${(round * 137) % 1_000}/items/7?page=1`,
  },
  {
    name: "plain",
    label: "Heddle, no deadline, no forwarded headers",
    shape: { origins: origins.urls, plain: true },
    path: () => "/api/items?page=1",
  },
];

const duels: DuelResult[] = [];
let steady: SteadyResult | null = null;
try {
  say(`origins: ${origins.kind} · load: ${hasWrk ? "wrk" : "node"} · ${availableParallelism()} cores`);
  const baseline = await contender("baseline", { origins: origins.urls }, true);
  for (const target of targets.filter(({ name }) => isWanted(name))) {
    const other = await contender(target.label, target.shape, target.name === "bare");
    const plan = {
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
      connections: Number(values.connections),
      path: target.path,
    };
    const result = await duel(baseline, other, plan);
    duels.push(result);
    say(`  ${target.label}: CPU × ${result.cpuPerRequest.median.toFixed(3)} (${cpuMs(other.pid)} ms used)`);
    await started.pop()!.stop();
  }
  if (isWanted("steady")) {
    const edge = await startEdge({ mesh: await meshOf({ origins: origins.urls }), dev: true });
    started.push(edge);
    steady = await steadyCalls(edge.url, { rps: 200, seconds: 20 });
  }
} finally {
  await Promise.all(started.map((edge) => edge.stop()));
  await origins.close();
}
const micro = isWanted("micro") ? await microBenchmarks() : [];

if (duels.length > 0) console.log(duelTable(duels));
if (micro.length > 0) console.log(microTable(micro));
if (steady !== null) console.log(callsTable(steady));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ duels, micro, steady }, null, 2)}\n`);

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
