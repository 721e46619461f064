/**
 * What the state plane does at 300 data centres, 20,000 isolates and a million requests a second over 100 services, with
 * the product's own modules on a virtual clock. fleet/README.md says what is simulated and what is multiplied.
 *
 *     node test/simulation/scale.ts [--seed 1] [--isolates 20000] [--rps 1000000] [--part all|calm|fault] [--runs 1x16,10x1]
 */
import { parseArgs } from "node:util";
import { table } from "../../src/cli/table.ts";
import { REGIONS } from "../../src/core/region.ts";
import { type Cost, costPerMillion } from "./fleet/cost.ts";
import { type FleetResult, runFleet } from "./fleet/fleet.ts";
import { LARGEST_SHARE } from "./fleet/places.ts";

const COLOS = 300;
const SERVICES = 100;
const ENDPOINTS = 3;
/** What one object is trusted with, calls per second: the lower end of what the platform says it does. */
const OBJECT_RPS = 500;
/** What a call costs an object: then it does 1,000 a second, the upper end. */
const SERVICE_MS = 1;
/** Isolates that stand for all of them where only their own timing matters. */
const SAMPLE = 400;
/** Rows that an object writes every 10 s under traffic: see durable-objects/service-monitor/README.md. */
const ROWS_PER_FLUSH = 2 + ENDPOINTS;
const FLUSH_S = 10;
const FAULT_S = 10;
/** From a shard to its regional object, and from that one to the root, a second. */
const SHARD_EXCHANGES = 4;
const ROOT_EXCHANGES = 1;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    isolates: { type: "string", default: "20000" },
    rps: { type: "string", default: "1000000" },
    part: { type: "string", default: "all" },
    /** Of the fault part, by rank and shards. */
    runs: { type: "string", default: "" },
  },
});
const seed = Number(values.seed);
const isolates = Number(values.isolates);
const totalRps = Number(values.rps);

const harmonic = Array.from({ length: SERVICES }, (_, at) => 1 / (at + 1)).reduce((sum, part) => sum + part, 0);
const rpsOf = (rank: number) => totalRps / rank / harmonic;

if (values.part !== "fault") await calmPart();
if (values.part !== "calm") await faultPart();

/** All services when all is well: how often an isolate calls depends on its own traffic alone, so a sample will do. */
async function calmPart(): Promise<void> {
  const calls: number[] = [];
  for (let rank = 1; rank <= SERVICES; rank++) {
    const rps = (rpsOf(rank) * SAMPLE) / isolates;
    const timing = { warmUpSeconds: 10, calmSeconds: 20, faultSeconds: 0, serviceMs: 0.001, seed: seed + rank };
    const { callsPerIsolate } = await runFleet({ isolates: SAMPLE, colos: COLOS, rps, shards: 1, ...timing });
    calls.push(callsPerIsolate);
  }
  const busiest = calls.map((perIsolate) => perIsolate * isolates * LARGEST_SHARE);
  const shards = busiest.map((perSecond) => Math.ceil(perSecond / OBJECT_RPS));
  const rows = [
    ["rank", "requests/s", "per isolate", "syncs/s per isolate", "largest region, calls/s", "shards for 500/s"],
    ...[1, 2, 5, 10, 20, 50, 100].map((rank) => [
      ...[String(rank), rpsOf(rank).toFixed(0), (rpsOf(rank) / isolates).toFixed(2)],
      ...[calls[rank - 1]!.toFixed(2), busiest[rank - 1]!.toFixed(0), String(shards[rank - 1]!)],
    ]),
  ];
  console.log(`${SERVICES} services, Zipf, all well; ${SAMPLE} isolates of each simulated, calls multiplied\n`);
  printTable(rows);
  const syncs = calls.reduce((sum, perIsolate) => sum + perIsolate * isolates, 0);
  const sharded = shards.map((count) => (count > 1 ? count : 0));
  const shardObjects = sharded.reduce((sum, count) => sum + count * REGIONS.length, 0);
  const decidingObjects = SERVICES * (REGIONS.length + 1);
  const rates = {
    syncs,
    exchanges: shardObjects * SHARD_EXCHANGES + SERVICES * REGIONS.length * ROOT_EXCHANGES,
    alarms: decidingObjects / FLUSH_S,
    rows: (decidingObjects * ROWS_PER_FLUSH) / FLUSH_S,
    objects: decidingObjects + shardObjects,
  };
  const cost = costPerMillion(rates, totalRps);
  console.log(
    `\n${(syncs / 1_000).toFixed(0)} k syncs/s in all, ${(syncs / totalRps).toFixed(2)} per request; ` +
      `${rates.exchanges} exchanges/s; ${rates.objects} objects, ${shardObjects} of them shards`,
  );
  console.log(`USD per million edge requests: ${costText(cost)}`);
}

function costText({ requests, rows, duration, total }: Cost): string {
  const usd = (value: number) => value.toFixed(4);
  return `${usd(total)} (object requests ${usd(requests)}, rows ${usd(rows)}, duration ${usd(duration)})`;
}

/** One service with every isolate of the fleet; one of its three endpoints begins to refuse connections. */
async function faultPart(): Promise<void> {
  const runs = [
    { rank: 1, shards: 1 },
    { rank: 1, shards: 32 },
    { rank: 1, shards: 16 },
    { rank: 10, shards: 1 },
    { rank: 10, shards: 16 },
    { rank: 100, shards: 1 },
    { rank: 100, shards: 4 },
  ];
  const wanted = values.runs.split(",").filter((run) => run !== "");
  const rows = [
    ["rank", "shards", "calls/s, calm", "peak", "refused", "verdict", "50 % told", "90 %", "99 %", "misled"],
  ];
  for (const { rank, shards } of runs) {
    if (wanted.length > 0 && !wanted.includes(`${rank}x${shards}`)) continue;
    const timing = { warmUpSeconds: 5, calmSeconds: 3, faultSeconds: FAULT_S, serviceMs: SERVICE_MS, seed };
    const result = await runFleet({ isolates, colos: COLOS, rps: rpsOf(rank), shards, ...timing });
    const row = [String(rank), String(shards), ...columnsOf(result)];
    rows.push(row);
    console.error(row.join("  "));
  }
  console.log(`\none service on all ${isolates} isolates, an endpoint of three refuses for ${FAULT_S} s\n`);
  printTable(rows);
}

function columnsOf({ calmCalls, peakCalls, refusedRatio, firstVerdictMs, toldMs, misledRatio }: FleetResult): string[] {
  const seconds = (ms: number) => (Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : "never");
  return [
    calmCalls.toFixed(0),
    String(peakCalls),
    `${(refusedRatio * 100).toFixed(1)} %`,
    ...[firstVerdictMs, toldMs.p50, toldMs.p90, toldMs.p99].map(seconds),
    `${(misledRatio * 100).toFixed(3)} %`,
  ];
}

function printTable(rows: readonly (readonly string[])[]): void {
  for (const line of table(
    rows,
    rows[0]!.map(() => true),
  ))
    console.log(line);
}
