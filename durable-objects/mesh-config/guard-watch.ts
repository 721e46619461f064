/**
 * A guard's rounds: every regional monitor is asked what it has counted; what that means is decided in src/core/guard. Rows
 * hold where each monitor's counts stood when the version came into force, so that an evicted object goes on with the same
 * evidence.
 */
import { type GuardJudgement, judgeGuard, type ServiceEvidence } from "../../src/core/guard/judge.ts";
import { checkMark, counted, type Mark, onLook, onNextChange } from "../../src/core/guard/mark.ts";
import { parseMonitorName } from "../../src/core/monitor/monitor-name.ts";
import { addTally, checkTotals, createTally, type Tally, type Totals } from "../../src/core/rollout/totals.ts";
import { within } from "../service-monitor/within.ts";
import { inParallel } from "./in-parallel.ts";

/** A monitor has so long to answer; it is asked again with the next round. */
const ANSWER_MS = 3_000;
const PARALLEL = 128;
/** What a monitor had counted so soon after the change was before it: isolates report every second or later. */
export const BEFORE_MS = 2_000;

/** Counts as they were asked for. */
export interface Asked {
  readonly totals: Totals;
  readonly past: Totals | null;
}

/** What is known of the monitors while one version is watched. Marks are rows as well; `last` is memory only. */
export interface GuardWatch {
  readonly version: number;
  readonly marks: Map<string, Mark>;
  readonly last: Map<string, Totals>;
}

/** Takes up the watch of a version where the rows left it. */
export function openWatch(sql: SqlStorage, version: number): GuardWatch {
  const rows = sql.exec<{ monitor: string; data: string }>("SELECT monitor, data FROM guard_mark").toArray();
  const marks = rows.flatMap(({ monitor, data }) => {
    const mark = checkMark(parse(data));
    return mark === null ? [] : [[monitor, mark] as const];
  });
  return { version, marks: new Map(marks), last: new Map() };
}

/** No version is watched, or another one whose time before begins now. To be called in a transaction. */
export function clearMarks(sql: SqlStorage): void {
  sql.exec("DELETE FROM guard_mark");
}

/** A version on top of one that is being watched: compared with the same time before. To be called in a transaction. */
export function carryMarks(sql: SqlStorage): void {
  for (const [monitor, mark] of openWatch(sql, 0).marks) writeMark(sql, monitor, onNextChange(mark));
}

/** Only regional objects count: shards report to them, and a root counts nothing. */
export function countsTraffic(monitor: string): boolean {
  const name = parseMonitorName(monitor);
  return name !== null && name.scope !== "root" && name.shard === null;
}

/** Asks each once. Never rejects; who does not answer is missing. */
export async function askTotals(
  monitors: readonly string[],
  ask: (monitor: string) => Promise<unknown>,
): Promise<ReadonlyMap<string, Asked>> {
  const answers = new Map<string, Asked>();
  await inParallel(monitors, PARALLEL, async (monitor) => {
    try {
      const asked = checkAsked(await within(ask(monitor), ANSWER_MS));
      if (asked !== null) answers.set(monitor, asked);
    } catch {
      // Asked again with the next round.
    }
  });
  return answers;
}

function checkAsked(value: unknown): Asked | null {
  const { ok, totals, past } = (value ?? {}) as { ok?: unknown; totals?: unknown; past?: unknown };
  const now = ok === true ? checkTotals(totals) : null;
  if (now === null) return null;
  const { life, good, failed, latency } = now;
  return { totals: { life, good, failed, latency }, past: checkTotals(past) };
}

/** Takes in what a round found; marks that changed are written. */
export function onRound(
  storage: DurableObjectStorage,
  watch: GuardWatch,
  answers: ReadonlyMap<string, Asked>,
  isBefore: boolean,
): void {
  storage.transactionSync(() => {
    for (const [monitor, { totals, past }] of answers) {
      const known = watch.marks.get(monitor);
      const mark = onLook(known, watch.last.get(monitor) ?? null, { now: totals, past }, isBefore);
      watch.last.set(monitor, totals);
      if (mark === known) continue;
      watch.marks.set(monitor, mark);
      writeMark(storage.sql, monitor, mark);
    }
  });
}

/**
 * What all rounds together say.
 *
 * - `services`: those of the mesh that is watched, and of the one to go back to.
 */
export function judge(
  { marks, last }: GuardWatch,
  services: { readonly now: ReadonlySet<string>; readonly before: ReadonlySet<string> },
): GuardJudgement {
  const byService = new Map<string, { before: Tally; after: Tally }>();
  for (const [monitor, mark] of marks) {
    const service = parseMonitorName(monitor)?.service ?? "";
    // What left the mesh was to get no traffic any more.
    if (!services.now.has(service)) continue;
    const sides = byService.get(service) ?? { before: createTally(), after: createTally() };
    byService.set(service, sides);
    if (mark.before !== null) addTally(sides.before, mark.before);
    const now = last.get(monitor);
    addTally(sides.after, now === undefined ? mark.carried : counted(mark, now));
  }
  const evidence: ServiceEvidence[] = [...byService].map(([service, { before, after }]) => ({
    service,
    before,
    after,
    isNew: !services.before.has(service),
  }));
  return judgeGuard(evidence, services.now.size);
}

function writeMark(sql: SqlStorage, monitor: string, mark: Mark): void {
  sql.exec("INSERT OR REPLACE INTO guard_mark VALUES (?, ?)", monitor, JSON.stringify(mark));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
