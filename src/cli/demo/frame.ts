/** One look at the running demo, and how it is shown: as a table drawn in place, as a line, or as JSON. */
import { table, visibleLength, withoutColours } from "../table.ts";
import type { Paint } from "../terminal.ts";

export interface DemoFrame {
  readonly elapsedSeconds: number;
  readonly edge: string;
  readonly requestsPerSecond: number;
  /** Requests that failed for their caller: in the last moments, and since the start. */
  readonly failedNow: number;
  readonly failedTotal: number;
  readonly sentTotal: number;
  /** NaN when nothing was answered. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly origins: readonly OriginRow[];
  /** What happened lately, oldest first. */
  readonly events: readonly string[];
}

export interface OriginRow {
  readonly name: string;
  /** Of the answered requests, 0..1. */
  readonly share: number;
  readonly requestsPerSecond: number;
  /** NaN when it answered nothing. */
  readonly p50Ms: number;
  /** closed, open, half-open, or "?" when the edge did not say. */
  readonly breaker: string;
  readonly failedAttempts: number;
  readonly fault: string;
  readonly isFaulty: boolean;
}

const BAR_CELLS = 24;
const SHOWN_EVENTS = 6;

/** The frame as a table. Lines are no longer than `columns`. */
export function frameTable(frame: DemoFrame, paint: Paint, columns: number): string[] {
  const failed = `${frame.failedNow} failed`;
  const head = [
    paint.bold(`${Math.round(frame.requestsPerSecond)} requests/s`),
    frame.failedNow === 0 ? paint.green(failed) : paint.red(failed),
    `p50 ${ms(frame.p50Ms)}`,
    `p99 ${ms(frame.p99Ms)}`,
    paint.dim(`${frame.failedTotal} of ${frame.sentTotal} failed in ${frame.elapsedSeconds} s`),
  ];
  const titles = ["origin", "share", "", "req/s", "p50", "breaker", "failed tries", "fault"];
  const rows = frame.origins.map((origin) => [
    paint.bold(origin.name),
    bar(origin.share, paint),
    percent(origin.share),
    `${Math.round(origin.requestsPerSecond)}`,
    ms(origin.p50Ms),
    breaker(origin.breaker, paint),
    origin.failedAttempts === 0 ? paint.dim("0") : paint.red(`${origin.failedAttempts}`),
    fault(origin, paint),
  ]);
  const lines = [
    head.join("   "),
    "",
    ...table([titles.map(paint.dim), ...rows], [false, false, true, true, true, false, true, false]),
    "",
    ...frame.events.slice(-SHOWN_EVENTS).map(paint.dim),
  ];
  return lines.map((line) => clip(line, columns));
}

/** The frame as one line without colours. */
export function frameLine(frame: DemoFrame): string {
  const origins = frame.origins.map(({ name, share, breaker: state, fault: wrong }) =>
    [name, percent(share), state, wrong === "well" ? "" : `(${wrong})`].filter((word) => word !== "").join(" "),
  );
  const all = [
    `${frame.elapsedSeconds} s`,
    `${Math.round(frame.requestsPerSecond)} req/s`,
    `${frame.failedNow} failed`,
    `p50 ${ms(frame.p50Ms)}`,
    `p99 ${ms(frame.p99Ms)}`,
  ];
  return [all.join("  "), ...origins].join(" | ");
}

function bar(share: number, paint: Paint): string {
  const full = Math.round(share * BAR_CELLS);
  return paint.cyan("█".repeat(full)) + paint.dim("░".repeat(BAR_CELLS - full));
}

function breaker(state: string, paint: Paint): string {
  if (state === "closed") return paint.green(state);
  return state === "open" ? paint.red(state) : paint.yellow(state);
}

function fault(origin: OriginRow, paint: Paint): string {
  if (origin.fault === "well") return paint.green("well");
  return origin.isFaulty ? paint.red(origin.fault) : paint.yellow(`${origin.fault} (off)`);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function ms(value: number): string {
  return Number.isNaN(value) ? "-" : `${Math.round(value)} ms`;
}

/** Cuts a line that would wrap; its colours go then. */
function clip(line: string, columns: number): string {
  if (visibleLength(line) <= columns) return line;
  return `${[...withoutColours(line)].slice(0, columns - 1).join("")}…`;
}
