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
import { pinTo } from "./cpu.ts";
import { type Duellist, type DuelResult, duel } from "./duel.ts";
import { hasWrk } from "./load.ts";
import { meshOf, type Shape } from "./meshes.ts";
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

async function contender(name: string, shape: Shape, bare = false): Promise<Duellist> {
  const edge = await startEdge({
    mesh: await meshOf(shape),
    dev: false,
    ...(bare ? { entry: bareEntry, namespaces: [], bindings: { ORIGIN: shape.origins.join(",") } } : {}),
  });
  started.push(edge);
  pinTo(0, edge.pid);
  return { name, url: edge.url, pid: edge.pid };
}

interface Target {
  readonly name: string;
  readonly label: string;
  readonly shape: Shape;
  readonly path?: (round: number) => string;
}

const one = origins.urls.slice(0, 1);
const targets: readonly Target[] = [
  { name: "bare", label: "bare pass-through (itself)", shape: { origins: one } },
  { name: "default", label: "Heddle, default, 3 endpoints", shape: { origins: one } },
  {
    name: "wide",
    label: "Heddle, 1,000 routes, 100 endpoints",
    shape: { origins: one, routes: 1_000, endpoints: 100 },
    path: (round) => `/area-${(round * 137) % 1_000}/items/7?page=1`,
  },
  { name: "plain", label: "Heddle, no deadline, no forwarded headers", shape: { origins: one, plain: true } },
  { name: "three", label: "Heddle, default, 3 addresses ÷ bare over 3 addresses", shape: { origins: origins.urls } },
];

const duels: DuelResult[] = [];
let steady: SteadyResult | null = null;
try {
  say(`origins: ${origins.kind} · load: ${hasWrk ? "wrk" : "node"} · ${availableParallelism()} cores`);
  for (const target of targets.filter(({ name }) => isWanted(name))) {
    const baseline = await contender("baseline", target.shape, true);
    const other = await contender(target.label, target.shape, target.name === "bare");
    const result = await duel(baseline, other, {
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
      connections: Number(values.connections),
      path: target.path ?? (() => "/api/items?page=1"),
    });
    duels.push(result);
    say(`  ${target.label}: CPU × ${result.cpuPerRequest.median.toFixed(3)}`);
    await Promise.all(started.splice(0).map((edge) => edge.stop()));
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
