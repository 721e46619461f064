/**
 * A guard's rounds: every regional monitor is asked what it has counted; what that means is decided in src/core/guard. Rows
 * hold where each monitor's counts stood when the version came into force, so that an evicted object goes on with the same
 * evidence.
 */
import { type GuardJudgement, guardReason, judgeGuard, type ServiceEvidence } from "../../src/core/guard/judge.ts";
import { checkLook, type Look } from "../../src/core/guard/look.ts";
import { checkMark, counted, type Mark, onLook, onNextChange } from "../../src/core/guard/mark.ts";
import { parseMonitorName } from "../../src/core/monitor/monitor-name.ts";
import { addTally, createTally, type Tally, type Totals } from "../../src/core/rollout/totals.ts";
import type { Running, TotalsReply } from "../service-monitor/replies.ts";
import { within } from "../service-monitor/within.ts";
import { inParallel } from "./in-parallel.ts";

/** A monitor has so long to answer; it is asked again with the next round. */
const ANSWER_MS = 3_000;
const PARALLEL = 128;
/** What a monitor had counted so soon after the change was before it: isolates report every second or later. */
const BEFORE_MS = 2_000;

/** What is known of the monitors while one version is watched. Marks are rows as well; `last` is memory only. */
export interface GuardWatch {
  readonly marks: Map<string, Mark>;
  readonly last: Map<string, Totals>;
  /** Names of the services: of the mesh that is watched, and of the one to go back to. */
  readonly now: ReadonlySet<string>;
  readonly before: ReadonlySet<string>;
}

/** Takes up a watch where the rows left it. */
export function openWatch(sql: SqlStorage, now: ReadonlySet<string>, before: ReadonlySet<string>): GuardWatch {
  return { marks: readMarks(sql), last: new Map(), now, before };
}

function readMarks(sql: SqlStorage): Map<string, Mark> {
  const rows = sql.exec<{ monitor: string; data: string }>("SELECT monitor, data FROM guard_mark").toArray();
  const marks = rows.flatMap(({ monitor, data }) => {
    const mark = checkMark(parse(data));
    return mark === null ? [] : [[monitor, mark] as const];
  });
  return new Map(marks);
}

/** No version is watched, or another one whose time before begins now. To be called in a transaction. */
export function clearMarks(sql: SqlStorage): void {
  sql.exec("DELETE FROM guard_mark");
}

/** A version on top of one that is being watched: compared with the same time before. To be called in a transaction. */
export function carryMarks(sql: SqlStorage): void {
  for (const [monitor, mark] of readMarks(sql)) writeMark(sql, monitor, onNextChange(mark));
}

/** Only regional objects do: shards report to them, and a root counts nothing. */
function countsTraffic(monitor: string): boolean {
  const name = parseMonitorName(monitor);
  return name !== null && name.scope !== "root" && name.shard === null;
}

export interface GuardRound {
  readonly storage: DurableObjectStorage;
  readonly watch: GuardWatch;
  readonly monitors: readonly string[];
  readonly ask: (monitor: string) => Promise<TotalsReply>;
  /** When the version that is watched came into force. */
  readonly sinceMs: number;
  /** The watch has ended by now: nothing is written. */
  readonly isOver: () => boolean;
}

/** `isWorse`: go back. `reason`: what was seen so far. */
export interface GuardFound {
  readonly isWorse: boolean;
  readonly reason: string;
  /** Isolates that report to the monitors which answered; without shards. */
  readonly running: Running;
}

/** Asks all monitors once, and judges what all rounds together say. Null when the watch has ended. Never rejects. */
export async function guardRound(round: GuardRound): Promise<GuardFound | null> {
  const { storage, watch, monitors, ask, sinceMs, isOver } = round;
  const isBefore = Date.now() - sinceMs <= BEFORE_MS;
  const { answers, running } = await askTotals(monitors.filter(countsTraffic), ask);
  if (isOver()) return null;
  onRound(storage, watch, answers, isBefore);
  const judgement = judge(watch);
  return { isWorse: judgement.findings.length > 0, reason: guardReason(judgement), running };
}

/** Whether what was seen is about the version at all: most isolates that were heard run it, or none was. */
export function isWidelyRun({ current, other }: Running): boolean {
  return current >= other * 9;
}

/** Asks each once. Never rejects; who does not answer is missing. */
async function askTotals(
  monitors: readonly string[],
  ask: (monitor: string) => Promise<TotalsReply>,
): Promise<{ readonly answers: ReadonlyMap<string, Look>; readonly running: Running }> {
  const answers = new Map<string, Look>();
  let [current, other] = [0, 0];
  await inParallel(monitors, PARALLEL, async (monitor) => {
    try {
      const reply = await within(ask(monitor), ANSWER_MS);
      const look = reply.ok ? checkLook(reply.totals) : null;
      if (look !== null) answers.set(monitor, look);
      if (!reply.ok) return;
      current += reply.running?.current ?? 0;
      other += reply.running?.other ?? 0;
    } catch {
      // Asked again with the next round.
    }
  });
  return { answers, running: { current, other } };
}

/** Takes in what a round found; marks that changed are written. */
function onRound(
  storage: DurableObjectStorage,
  watch: GuardWatch,
  answers: ReadonlyMap<string, Look>,
  isBefore: boolean,
): void {
  storage.transactionSync(() => {
    for (const [monitor, look] of answers) {
      const known = watch.marks.get(monitor);
      const mark = onLook(known, watch.last.get(monitor) ?? null, look, isBefore);
      watch.last.set(monitor, look.now);
      if (mark === known) continue;
      watch.marks.set(monitor, mark);
      writeMark(storage.sql, monitor, mark);
    }
  });
}

function judge({ marks, last, now: services, before }: GuardWatch): GuardJudgement {
  const byService = new Map<string, { before: Tally; after: Tally }>();
  for (const [monitor, mark] of marks) {
    const service = parseMonitorName(monitor)?.service ?? "";
    // What left the mesh was to get no traffic any more.
    if (!services.has(service)) continue;
    const sides = byService.get(service) ?? { before: createTally(), after: createTally() };
    byService.set(service, sides);
    if (mark.before !== null) addTally(sides.before, mark.before);
    const now = last.get(monitor);
    addTally(sides.after, now === undefined ? mark.carried : counted(mark, now));
  }
  const evidence: ServiceEvidence[] = [...byService].map(([service, sides]) => ({
    service,
    ...sides,
    isNew: !before.has(service),
  }));
  return judgeGuard(evidence, services.size);
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
