/** From the start of workerd to its first answer, as a new isolate of the edge would: config read, tables built. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { installation } from "../../../src/cli/installation.ts";
import { bundleWorker } from "../../../src/cli/workerd/bundle.ts";
import { SOCKET, workerdConfig } from "../../../src/cli/workerd/capnp.ts";
import { readDeployment } from "../../../src/cli/workerd/deployment.ts";
import { startRuntime } from "../../../src/cli/workerd/runtime.ts";
import { turned } from "../measure/field.ts";
import { type Spread, spread } from "../measure/spread.ts";
import { meshOf } from "../meshes.ts";
import { startOrigins } from "../origin.ts";

export interface ColdStart {
  readonly name: string;
  /** From the start of the process to its socket listening, ms; and from there to the first answer of an origin. */
  readonly listenMs: Spread;
  readonly firstAnswerMs: Spread;
  readonly totalMs: Spread;
  /** ÷ the bare Worker in the same round. */
  readonly vsBare: Spread;
}

interface Candidate {
  readonly name: string;
  readonly folder: string;
}

interface Sample {
  readonly listenMs: number;
  readonly firstAnswerMs: number;
}

const BARE = "bare";

/** Rounds in which each is started once, in turns; round 0 fills the machine's caches and does not count. */
export async function coldStarts(rounds: number): Promise<ColdStart[]> {
  const origins = await startOrigins(3);
  const folder = await mkdtemp(join(tmpdir(), "heddle-cold-"));
  try {
    const bareEntry = resolve(import.meta.dirname, "../workers/bare.ts");
    const candidates = [
      await layOut(folder, { name: BARE, entry: bareEntry, origins: origins.urls, routes: 1 }),
      await layOut(folder, { name: "heddle, 1 route", entry: null, origins: origins.urls, routes: 1 }),
      await layOut(folder, { name: "heddle, 1,000 routes", entry: null, origins: origins.urls, routes: 1_000 }),
    ];
    const samples = new Map<string, Sample[]>(candidates.map(({ name }) => [name, []]));
    for (let round = 0; round <= rounds; round++) {
      for (const candidate of turned(candidates, round)) {
        const sample = await startOnce(candidate);
        if (round > 0) samples.get(candidate.name)!.push(sample);
      }
    }
    return coldRows(samples);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await origins.close();
  }
}

/** The spreads of each candidate; ratios round by round to the one called `bare`. */
export function coldRows(samples: ReadonlyMap<string, readonly Sample[]>): ColdStart[] {
  const total = ({ listenMs, firstAnswerMs }: Sample) => listenMs + firstAnswerMs;
  const bare = samples.get(BARE)!;
  return [...samples].map(([name, rounds]) => ({
    name,
    listenMs: spread(rounds.map(({ listenMs }) => listenMs)),
    firstAnswerMs: spread(rounds.map(({ firstAnswerMs }) => firstAnswerMs)),
    totalMs: spread(rounds.map(total)),
    vsBare: spread(rounds.map((sample, i) => total(sample) / total(bare[i]!))),
  }));
}

interface Layout {
  readonly name: string;
  /** Main module; null for the edge itself. */
  readonly entry: string | null;
  readonly origins: readonly string[];
  readonly routes: number;
}

/** Writes what workerd needs, so that nothing but its start is timed. */
async function layOut(parent: string, { name, entry, origins, routes }: Layout): Promise<Candidate> {
  const parts = installation();
  const folder = join(parent, name.replaceAll(/\W+/g, "-"));
  const stateDir = join(folder, "state");
  await mkdir(stateDir, { recursive: true });
  const mesh = await meshOf({ origins, ...(routes > 1 && { routes }) });
  const config = workerdConfig({
    edgeModule: "edge.js",
    cacheModule: "cache.js",
    meshModule: "mesh.json",
    address: "127.0.0.1:0",
    stateDir,
    v8Flags: [],
    namespaces: entry === null ? readDeployment(parts.edgeDeployment).namespaces : [],
    bindings: { ORIGIN: origins.join(",") },
  });
  await Promise.all([
    writeFile(join(folder, "edge.js"), await bundleWorker(entry ?? parts.edgeEntry)),
    writeFile(join(folder, "cache.js"), await bundleWorker(parts.cacheEntry)),
    writeFile(join(folder, "mesh.json"), JSON.stringify(mesh)),
    writeFile(join(folder, "config.capnp"), config),
  ]);
  return { name, folder };
}

async function startOnce({ folder }: Candidate): Promise<Sample> {
  const startedAt = performance.now();
  const runtime = await startRuntime(
    join(folder, "config.capnp"),
    new Map([[SOCKET, "127.0.0.1:0"]]),
    process.env,
    () => {},
  );
  const listensAt = performance.now();
  try {
    const answer = await fetch(`http://127.0.0.1:${runtime.port}/area-0/items/7`);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`the first answer was ${answer.status}`);
    return { listenMs: listensAt - startedAt, firstAnswerMs: performance.now() - listensAt };
  } finally {
    await runtime.stop();
  }
}
