/**
 * Plays every policy and every model of another proxy through every scenario at three loads, and prints how the default does.
 *
 *     node test/simulation/compare.ts [--jobs 1] [--out runs.jsonl] [--markdown policies.md]     # half an hour on a busy machine
 *     node test/simulation/compare.ts --quick --only down,slow,85 --seeds 11,12
 *     node test/simulation/compare.ts --from runs.jsonl --markdown policies.md                  # tables of earlier runs
 *
 * The same command gives the same figures, whatever the number of threads.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { SCENARIOS } from "./policies/days.ts";
import { type FleetName, SHAPES } from "./policies/fleet.ts";
import { MODEL_NAMES, POLICY_NAMES, planRuns, SUBJECT } from "./policies/plan.ts";
import { playAll } from "./policies/play-all.ts";
import { compactTable, fullTables, summaryTable, tally } from "./policies/render.ts";
import type { Outcome } from "./policies/run.ts";
import { type Cell, cellsOf } from "./policies/verdict.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    seeds: { type: "string", default: "" },
    jobs: { type: "string", default: String(availableParallelism()) },
    out: { type: "string" },
    markdown: { type: "string" },
    from: { type: "string" },
  },
});
const NOTE_EVERY_MS = 10_000;

const GROUPS = [
  { title: "the policies", names: POLICY_NAMES },
  { title: "the models", names: MODEL_NAMES },
];

const outcomes = values.from === undefined ? await played() : linesOf(values.from);
if (values.out !== undefined) {
  writeFileSync(values.out, outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(""));
}
const cells = cellsOf(outcomes);
console.log(summaries(cells).join("\n"));
if (values.markdown !== undefined) writeFileSync(values.markdown, `${document(cells).join("\n")}\n`);

async function played(): Promise<readonly Outcome[]> {
  const wordsOf = (text: string) => text.split(",").filter((word) => word !== "");
  const seeds = wordsOf(values.seeds).map(Number);
  const planned = planRuns({ isQuick: values.quick, only: wordsOf(values.only), seeds });
  if (!planned.ok) {
    console.error(planned.message);
    process.exit(2);
  }
  const { runs } = planned;
  const startedMs = performance.now();
  let done = 0;
  let notedMs = startedMs;
  if (values.out !== undefined) writeFileSync(values.out, "");
  return playAll(runs, Math.max(1, Number(values.jobs)), (outcome) => {
    // As they end, so that nothing is lost of a run that is stopped; put in order when all have.
    if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(outcome)}\n`);
    done += 1;
    const nowMs = performance.now();
    if (nowMs - notedMs < NOTE_EVERY_MS && done < runs.length) return;
    notedMs = nowMs;
    const leftS = ((nowMs - startedMs) / done / 1_000) * (runs.length - done);
    console.error(`${done} of ${runs.length} runs, about ${leftS.toFixed(0)} s left`);
  });
}

function linesOf(path: string): Outcome[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Outcome);
}

function summaries(all: readonly Cell[]): string[] {
  return shapesOf(all).flatMap((fleet) => {
    const of = all.filter((cell) => cell.fleet === fleet);
    const compact = GROUPS.flatMap((group) => [tally(of, SUBJECT, group), "", ...compactTable(of, SUBJECT, group), ""]);
    return [`### ${titleOf(fleet)}`, "", ...compact];
  });
}

/** The file with all figures: what was run, how the subject did, and everybody's. */
function document(all: readonly Cell[]): string[] {
  const scenarios = Object.entries(SCENARIOS).map(([name, text]) => `\`${name === text ? name : text}\``);
  const detail = shapesOf(all).flatMap((fleet) => {
    const of = all.filter((cell) => cell.fleet === fleet);
    const policies = [...POLICY_NAMES, ...MODEL_NAMES];
    return [`### ${titleOf(fleet)}`, "", ...summaryTable(of, SUBJECT, GROUPS), "", ...fullTables(of, policies)];
  });
  return [
    "# Every policy in every scenario",
    "",
    "Made by `node test/simulation/compare.ts --jobs 1 --out runs.jsonl --markdown test/simulation/policies.md`; not edited by hand.",
    "",
    "Eight equal origins in five places of three clouds, callers in six edge regions, GET only, an isolate for 2.5 requests/s. 20 s to warm",
    `up, then faults for 40 s; judged are these and 5 s more, of a recovery the 25 s after it. Policies run in the isolates, with the product's`,
    "breakers, retries and shedding; models are one proxy a region that sees all its requests, and shed nothing.",
    "",
    `Scenarios, as \`heddle simulate --scenario\` takes them: ${scenarios.join(", ")}.`,
    "",
    `Seeds: ${seedsText(all)}. Two are compared on the seeds that both have; figures are means over all of one's own.`,
    "",
    `## ${SUBJECT}`,
    "",
    "Success, %; the difference to the best other one, in points; p99 / the shortest among those whose success is within 0.1 points of the best.",
    "Bold: not behind by more than 0.1 points and 10 %.",
    "",
    ...summaries(all),
    "## All figures",
    "",
    ...detail,
  ];
}

/** "small: adaptive 1 2 3; random 1", policies with the same seeds together. */
function seedsText(all: readonly Cell[]): string {
  const fleets = shapesOf(all).map((fleet) => {
    const bySeeds = new Map<string, Set<string>>();
    for (const { policies } of all.filter((cell) => cell.fleet === fleet)) {
      for (const [policy, of] of policies) {
        const seeds = of.map(({ seed }) => seed).join(" ");
        bySeeds.set(seeds, (bySeeds.get(seeds) ?? new Set()).add(policy));
      }
    }
    const parts = [...bySeeds].map(([seeds, policies]) => `${seeds} (${[...policies].join(", ")})`);
    return `${fleet} origins ${parts.join(" and ")}`;
  });
  return fleets.join("; ");
}

function shapesOf(all: readonly Cell[]): FleetName[] {
  return [...new Set(all.map(({ fleet }) => fleet))];
}

function titleOf(fleet: FleetName): string {
  const { rps, servers } = SHAPES[fleet];
  return `${fleet} origins: ${rps} requests/s, ${servers === 0 ? "3 or 4" : servers} servers each`;
}
