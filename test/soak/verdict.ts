/** What a soak found: the bounds it is held to, and how it is told. Pure. */

import type { LoadSummary } from "../../src/cli/load/summary.ts";
import { table } from "../../src/cli/table.ts";
import { type Sample, slopePerSecond } from "./growth.ts";
import type { ObjectSize } from "./look.ts";
import type { SoakEvent } from "./schedule.ts";
import type { Failure } from "./soak.ts";
import { ORIGINS, SERVICES } from "./world.ts";

/** Growth of the process after warm-up that is taken for a leak, MB over the observed time. See README.md. */
export const MAX_GROWTH_MB = 40;
/** The first part of the run in which memory may do as it likes, at least and as a share. */
const WARM_UP_MS = 20_000;
const WARM_UP_SHARE = 0.2;
/** What one object may hold: 200 events, a window and a level per reporter, what is unsaid per endpoint. */
const MAX_ENTRIES = 1_000;
const MAX_DATABASE_BYTES = 256 * 1_024;
/** An origin's share of the last attempts is back when it is this part of a fair one. */
const MIN_FAIR_RATIO = 0.2;
/** Requests that may fail for want of a retry budget, as a share of all. */
const MAX_BUDGET_SHARE = 0.001;
/** A run says nothing about time when more of its requests than this share were starved, or it stalled so often each second. */
const MAX_STARVED_SHARE = 0.01;
const MAX_STALLS_PER_SECOND = 2;
/** But requests that were lost apart from those are a fault from this share of all on, whatever the machine did. */
const MAX_LOST_SHARE = 0.02;

export interface Findings {
  readonly options: { readonly seconds: number; readonly seed: number; readonly rps: number };
  readonly events: readonly SoakEvent[];
  readonly failures: readonly Failure[];
  readonly memory: readonly Sample[];
  readonly sizes: readonly { readonly atMs: number; readonly objects: readonly ObjectSize[] }[];
  /** What had not come back in time. */
  readonly stuck: readonly string[];
  readonly streams: readonly ({ readonly name: string } & LoadSummary)[];
  /** Attempts of the last seconds, by "service origin". */
  readonly attempts: Readonly<Record<string, number>>;
  /** The last lines of a process that ended by itself. */
  readonly crashed: string | null;
  readonly logged: readonly string[];
  /** How often this machine could not keep up. */
  readonly stalls: number;
  /** Moments in which the edge was late by itself, though it had a processor. */
  readonly ownStalls: number;
}

export interface SoakResult {
  readonly options: Findings["options"];
  readonly sent: number;
  readonly ok: number;
  readonly allowed: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly streams: readonly {
    readonly name: string;
    readonly sent: number;
    readonly failed: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  }[];
  readonly events: Readonly<Record<string, number>>;
  readonly memory: {
    readonly firstMb: number;
    readonly lastMb: number;
    readonly slopeMbPerMinute: number;
    readonly growthMb: number;
  };
  readonly objects: { readonly mostEntries: number; readonly mostDatabaseBytes: number };
  /** Each origin's part of the last attempts, by service. */
  readonly shares: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How often the client or the edge did not get a processor for tens of milliseconds. */
  readonly stalls: number;
  /** Moments in which the edge was late by itself, though it had a processor. */
  readonly ownStalls: number;
  /** Why the run failed; empty when it held. */
  readonly faults: readonly string[];
  /** What would have failed it on a machine that had a processor for it: the run has to be done again. Empty on such a one. */
  readonly unjudged: readonly string[];
  readonly lostRequests: readonly Failure[];
  readonly logged: readonly string[];
}

const MAX_LISTED = 30;

/** Judges the findings. Never throws. */
export function conclude(found: Findings): SoakResult {
  const { options, failures, streams } = found;
  const sent = streams.reduce((sum, stream) => sum + stream.sent, 0);
  const lostRequests = failures.filter(({ verdict }) => verdict === "lost");
  const allowed: Record<string, number> = {};
  for (const { verdict } of failures) if (verdict !== "lost") allowed[verdict] = (allowed[verdict] ?? 0) + 1;
  const warmMs = Math.max(WARM_UP_MS, WARM_UP_SHARE * options.seconds * 1_000);
  const warm = found.memory.filter(({ atMs }) => atMs >= warmMs);
  const slope = slopePerSecond(warm);
  const observedS = warm.length === 0 ? 0 : (warm.at(-1)!.atMs - warm[0]!.atMs) / 1_000;
  const memory = {
    firstMb: warm[0]?.value ?? Number.NaN,
    lastMb: warm.at(-1)?.value ?? Number.NaN,
    slopeMbPerMinute: slope * 60,
    growthMb: slope * observedS,
  };
  const seen = found.sizes.flatMap(({ objects }) => objects);
  const objects = {
    mostEntries: Math.max(0, ...seen.map(({ entries }) => entries)),
    mostDatabaseBytes: Math.max(0, ...seen.map(({ databaseBytes }) => databaseBytes)),
  };
  const shares = sharesOf(found.attempts);
  const late = [
    ...(lostRequests.length === 0 ? [] : [`${lostRequests.length} requests were lost`]),
    ...((allowed.budget ?? 0) <= MAX_BUDGET_SHARE * sent
      ? []
      : [`${allowed.budget} requests failed for want of a retry budget, of ${sent}`]),
    ...found.stuck.map((what) => `stuck: ${what}`),
    ...lowShares(shares),
  ];
  const isHungry = (allowed.starved ?? 0) > MAX_STARVED_SHARE * sent;
  // What follows from stalls of its own making is a fault of the mesh.
  const isItself = isHungry && found.ownStalls > found.stalls;
  const isStarved = !isItself && (isHungry || found.stalls > MAX_STALLS_PER_SECOND * options.seconds);
  const faults = [
    ...(found.crashed === null ? [] : [`workerd ended by itself:\n${found.crashed}`]),
    ...(isItself
      ? [`${allowed.starved} requests failed around ${found.ownStalls} stalls that were the edge's own`]
      : []),
    ...(lostRequests.length <= MAX_LOST_SHARE * sent || !isStarved
      ? []
      : [`${lostRequests.length} requests were lost, more than a busy machine makes a mesh lose`]),
    ...(isStarved ? [] : late),
    ...(memory.growthMb <= MAX_GROWTH_MB
      ? []
      : [`the process grew by ${memory.growthMb.toFixed(1)} MB, allowed are ${MAX_GROWTH_MB}`]),
    ...(objects.mostEntries <= MAX_ENTRIES
      ? []
      : [`an object held ${objects.mostEntries} entries, allowed are ${MAX_ENTRIES}`]),
    ...(objects.mostDatabaseBytes <= MAX_DATABASE_BYTES
      ? []
      : [`an object's database has ${objects.mostDatabaseBytes} bytes, allowed are ${MAX_DATABASE_BYTES}`]),
  ];
  const events: Record<string, number> = {};
  for (const { kind } of found.events) events[kind] = (events[kind] ?? 0) + 1;
  return {
    options,
    sent,
    ok: streams.reduce((sum, { ok }) => sum + ok, 0),
    allowed,
    lost: lostRequests.length,
    streams: streams.map(({ name, sent, failed, p50Ms, p99Ms, maxMs }) => ({
      name,
      sent,
      failed,
      p50Ms,
      p99Ms,
      maxMs,
    })),
    ...{
      events,
      memory,
      objects,
      shares,
      stalls: found.stalls,
      ownStalls: found.ownStalls,
      faults,
      unjudged: isStarved ? late : [],
    },
    lostRequests: lostRequests.slice(0, MAX_LISTED),
    logged: found.logged.slice(0, MAX_LISTED),
  };
}

function sharesOf(attempts: Readonly<Record<string, number>>): Record<string, Record<string, number>> {
  const shares: Record<string, Record<string, number>> = {};
  for (const service of SERVICES) {
    const counts = ORIGINS.map((origin) => attempts[`${service} ${origin}`] ?? 0);
    const all = Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    );
    shares[service] = Object.fromEntries(ORIGINS.map((origin, at) => [origin, counts[at]! / all]));
  }
  return shares;
}

function lowShares(shares: Readonly<Record<string, Readonly<Record<string, number>>>>): string[] {
  const fair = 1 / ORIGINS.length;
  return Object.entries(shares).flatMap(([service, parts]) =>
    Object.entries(parts)
      .filter(([, part]) => part < MIN_FAIR_RATIO * fair)
      .map(
        ([origin, part]) =>
          `${origin} gets ${(part * 100).toFixed(1)} % of ${service}, a fair share is ${fair * 100} %`,
      ),
  );
}

function listed(faults: readonly string[]): string {
  return faults.map((fault) => `  ${fault}`).join("\n");
}

/** The summary as lines of text. */
export function render(result: SoakResult): string {
  const { options, memory, objects, shares } = result;
  const milliseconds = (value: number) => (Number.isFinite(value) ? `${value.toFixed(0)} ms` : "-");
  const rows = [
    ["", "sent", "failed", "p50", "p99", "longest"],
    ...result.streams.map(({ name, sent, failed, p50Ms, p99Ms, maxMs }) => [
      ...[name, String(sent), String(failed)],
      ...[p50Ms, p99Ms, maxMs].map(milliseconds),
    ]),
  ];
  const counted = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ") || "none";
  const percents = (parts: Readonly<Record<string, number>>) =>
    Object.entries(parts)
      .map(([name, part]) => `${name} ${(part * 100).toFixed(0)} %`)
      .join(", ");
  return [
    "",
    `soak: seed ${options.seed}, ${options.seconds} s, ${options.rps} requests/s`,
    ...table(rows, [false, true, true, true, true, true]),
    `happened   ${counted(result.events)}`,
    `allowed    ${counted(result.allowed)}`,
    `lost       ${result.lost}`,
    `stalls     ${result.stalls}: moments in which this machine could not keep up; ${result.ownStalls} of the edge's own making`,
    `memory     ${memory.firstMb.toFixed(0)} MB after warm-up, ${memory.lastMb.toFixed(0)} MB at the end, ${memory.slopeMbPerMinute.toFixed(2)} MB/min`,
    `objects    at most ${objects.mostEntries} entries, ${objects.mostDatabaseBytes} bytes on disk`,
    ...Object.entries(shares).map(([service, parts]) => `shares     ${service}: ${percents(parts)}`),
    ...result.lostRequests.map((lost) => `  lost     ${JSON.stringify(lost)}`),
    ...(result.unjudged.length === 0
      ? []
      : [`NOT JUDGED: this machine had no processor for the run\n${listed(result.unjudged)}`]),
    result.faults.length === 0 ? "held" : `FAILED\n${listed(result.faults)}`,
  ].join("\n");
}
