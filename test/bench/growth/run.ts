/** Cost against size: routes, endpoints, reporters, and a start from nothing. */
import { count, ratio, table } from "../report/markdown.ts";
import { type ColdStart, coldStarts } from "./cold-start.ts";
import { decideNs, type Grown, matchGrowth, pickGrowth, recordGrowth } from "./deciding.ts";
import { type Merging, mergeGrowth } from "./merging.ts";

export interface Growth {
  readonly match: readonly Grown[];
  readonly pick: readonly Grown[];
  readonly record: readonly Grown[];
  readonly decide: { readonly routes: number; readonly endpoints: number; readonly ns: number };
  readonly merging: readonly Merging[];
  readonly coldStarts: readonly ColdStart[];
}

const ROUTES = [10, 100, 1_000, 10_000];
const ENDPOINTS = [3, 30, 300, 1_000];
const MERGES = [
  { endpoints: 3, reporters: 10 },
  { endpoints: 3, reporters: 1_000 },
  { endpoints: 30, reporters: 1_000 },
  { endpoints: 300, reporters: 1_000 },
];
/** What deciding may cost, all together. */
export const DECIDE_TARGET = { routes: 1_000, endpoints: 100, us: 5 };

/** - `coldRounds`: starts of each kind of Worker. */
export async function runGrowth(coldRounds: number): Promise<Growth> {
  const { routes, endpoints } = DECIDE_TARGET;
  const merging: Merging[] = [];
  for (const { endpoints: size, reporters } of MERGES) merging.push(await mergeGrowth(size, reporters));
  return {
    match: await matchGrowth(ROUTES),
    pick: await pickGrowth(ENDPOINTS),
    record: await recordGrowth(ENDPOINTS),
    decide: { routes, endpoints, ns: await decideNs(routes, endpoints) },
    merging,
    coldStarts: await coldStarts(coldRounds),
  };
}

export function growthMarkdown({ match, pick, record, decide, merging, coldStarts: starts }: Growth): string {
  const us = decide.ns / 1_000;
  const verdict = us < DECIDE_TARGET.us ? "reached" : "not reached";
  return [
    "### Deciding, in one isolate (V8 without the platform)",
    "",
    table(["routes", "match ns"], grownRows(match)),
    table(
      ["endpoints", "pick (adaptive) ns", "record ns"],
      pick.map(({ size, ns }, i) => [count(size), count(ns), count(record[i]!.ns)]),
    ),
    `Match, pick and record together at ${count(decide.routes)} routes and ${decide.endpoints} endpoints, with their share of a`,
    `report and a snapshot each second: ${us.toFixed(2)} µs (to stay under ${DECIDE_TARGET.us} µs: ${verdict}).`,
    "",
    "### Reports that an object takes in a second of its CPU (without the RPC)",
    "",
    table(
      ["endpoints", "reporters", "merge µs", "merges/s", "whole sync µs", "syncs/s"],
      merging.map((row) => [
        count(row.endpoints),
        count(row.reporters),
        row.mergeUs.toFixed(1),
        count(row.mergesPerSecond),
        row.syncUs.toFixed(1),
        count(row.syncsPerSecond),
      ]),
    ),
    "### Cold start: workerd from nothing to the first answer of an origin",
    "",
    table(
      ["Worker", "listening ms", "first answer ms", "together ms", "÷ bare"],
      starts.map((row) => [
        row.name,
        row.listenMs.median.toFixed(0),
        row.firstAnswerMs.median.toFixed(1),
        row.totalMs.median.toFixed(0),
        ratio(row.vsBare),
      ]),
    ),
  ].join("\n");
}

function grownRows(grown: readonly Grown[]): string[][] {
  return grown.map(({ size, ns }) => [count(size), count(ns)]);
}
