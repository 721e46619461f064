/** The figures by which game days are compared: tables, charts, JSON and assertions all read them from here. */
import type { SimulationResult, WindowSummary } from "../result.ts";

/** A stretch of the day: before, during and after its faults, or all of it. */
export type Scope = keyof SimulationResult["windows"];
export const SCOPES: readonly Scope[] = ["before", "during", "after", "whole"];

/** `ratio` is 0..1, `dollars` are US dollars, `count` is per request. */
export type Unit = "ratio" | "ms" | "count" | "dollars";

export interface Metric {
  /** In assertions and JSON. */
  readonly name: string;
  /** At the head of a column. */
  readonly title: string;
  readonly does: string;
  readonly unit: Unit;
  readonly isHigherBetter: boolean;
  /** Whether it can be asked of a part of the day. */
  readonly isScoped: boolean;
  /** NaN: there is nothing to tell. Infinity: it never happened. */
  readonly read: (result: SimulationResult, scope: Scope) => number;
}

const windowed = (
  name: string,
  title: string,
  does: string,
  unit: Unit,
  isHigherBetter: boolean,
  read: (window: WindowSummary) => number,
): Metric => ({
  name,
  title,
  does,
  unit,
  isHigherBetter,
  isScoped: true,
  read: ({ windows }, scope) => read(windows[scope]),
});

const whole = (
  name: string,
  title: string,
  does: string,
  unit: Unit,
  read: (result: SimulationResult) => number,
): Metric => ({ name, title, does, unit, isHigherBetter: false, isScoped: false, read });

/** In the order of the tables. */
export const METRICS: readonly Metric[] = [
  windowed("success", "success", "requests answered below 500", "ratio", true, ({ success }) => success),
  windowed("slo", "in SLO", "requests answered well within the objective", "ratio", true, (w) => w.withinSlo),
  windowed("p50", "p50", "median latency of good answers", "ms", false, ({ p50Ms }) => p50Ms),
  windowed("p99", "p99", "99th percentile", "ms", false, ({ p99Ms }) => p99Ms),
  windowed("p99.9", "p99.9", "99.9th percentile", "ms", false, ({ p999Ms }) => p999Ms),
  whole("detect", "detect", "until the faulty endpoints had lost nine tenths of their share", "ms", detectMs),
  whole("recover", "recover", "from the end of the faults until success and shares were back", "ms", recoverMs),
  windowed("retries", "retries", "further attempts per request", "count", false, (w) => w.retriesPerRequest),
  windowed("shed", "shed", "requests refused to spare the origins", "ratio", false, ({ shed }) => shed),
  whole("syncs", "syncs", "calls to the state plane per request", "count", syncsPerRequest),
  whole("cost", "$/million", "estimated platform cost per million requests", "dollars", (r) => r.costPerMillion),
];

/** The metric of that name. Throws when there is none: names from users are looked up in `METRICS`. */
export function metric(name: string): Metric {
  const found = METRICS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
}

/** Writes a value of a metric for people: "99.95 %", "120 ms", "2.1 s", "never", "–" for nothing to tell. */
export function formatMetric(unit: Unit, value: number): string {
  if (Number.isNaN(value)) return "–";
  if (value === Number.POSITIVE_INFINITY) return "never";
  switch (unit) {
    case "ratio":
      return formatRatio(value);
    case "ms":
      return formatMs(value);
    case "count":
      return value === 0 ? "0" : value.toFixed(value < 0.01 ? 4 : 3);
    case "dollars":
      return `$${value.toFixed(2)}`;
  }
}

/** Two decimals, three where only these tell it from all or nothing; never rounded up to 100 % or down to 0. */
export function formatRatio(ratio: number): string {
  if (ratio === 1 || ratio === 0) return `${ratio * 100} %`;
  const percent = ratio * 100;
  const digits = percent > 99.9 || percent < 0.1 ? 3 : 2;
  const step = 10 ** -digits;
  return `${Math.min(100 - step, Math.max(step, percent)).toFixed(digits)} %`;
}

/** "0.4 ms", "120 ms", "2.1 s", "3m20s". */
export function formatMs(ms: number): string {
  if (Number.isNaN(ms)) return "–";
  if (ms < 9.95) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 99_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

function detectMs({ detectMs, endpoints }: SimulationResult): number {
  if (detectMs !== null) return detectMs;
  return endpoints.some(({ isFaulty }) => isFaulty) ? Number.POSITIVE_INFINITY : Number.NaN;
}

function recoverMs({ recoverMs, scenario }: SimulationResult): number {
  if (recoverMs !== null) return recoverMs;
  return scenario.faults.length === 0 ? Number.NaN : Number.POSITIVE_INFINITY;
}

function syncsPerRequest({ syncs, windows }: SimulationResult): number {
  return windows.whole.requests === 0 ? Number.NaN : syncs / windows.whole.requests;
}
