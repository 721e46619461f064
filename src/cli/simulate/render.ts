/** Game days as text: tables that fit the terminal; what does not fit beside each other comes below. */
import {
  bestOf,
  byScenario,
  type Row,
  type Run,
  rowsOf,
  shareOf,
  spreadOf,
  tellingScope,
} from "../../simulate/report/comparison.ts";
import { faultName } from "../../simulate/report/fault-name.ts";
import {
  formatMetric,
  formatMs,
  METRICS,
  type Metric,
  metric,
  SCOPES,
  type Unit,
} from "../../simulate/report/metrics.ts";
import { formatMoment } from "../../simulate/report/scale.ts";
import { endpointLabel } from "../../simulate/report/series.ts";
import type { SimulationResult } from "../../simulate/result.ts";
import { table, visibleLength } from "../table.ts";
import type { Paint } from "../terminal.ts";

export interface RenderInput {
  /** Never empty. */
  readonly runs: readonly Run[];
  /** At the head of the column of variants. */
  readonly variantTitle: string;
  /** Infinity where lines may have any length. */
  readonly columns: number;
  readonly paint: Paint;
}

/** Lines for one run: its parts below each other; for several: one line each, by scenario. */
export function renderRuns(input: RenderInput): string[] {
  return input.runs.length === 1 ? renderOne(input.runs[0]!.result, input) : renderSeveral(rowsOf(input.runs), input);
}

function renderOne(result: SimulationResult, { columns, paint }: RenderInput): string[] {
  const { scenario, windows } = result;
  const metrics = METRICS.filter(({ isScoped }) => isScoped);
  const scopes = SCOPES.filter((scope) => windows[scope].requests > 0);
  const rows = scopes.map((scope) => ({
    head: [scope, windows[scope].requests.toLocaleString("en-US")],
    cells: metrics.map((one) => {
      const text = formatMetric(one.unit, one.read(result, scope));
      return one.name === "success" ? paintSuccess(one.read(result, scope), text, paint) : text;
    }),
  }));
  const titles = metrics.map(({ title }) => title);
  const facts = METRICS.filter(({ isScoped }) => !isScoped).map(
    ({ title, unit, read }) => `${paint.dim(title)} ${formatMetric(unit, read(result, "whole"))}`,
  );
  return [
    `${paint.bold(scenario.name)} ${paint.dim(`${formatMoment(result.durationMs)}, ${result.policy}, seed ${result.seed}`)}`,
    ...scenario.faults.map(
      ({ fault, atMs, forMs }) =>
        `  ${paint.red(faultName(fault))} ${paint.dim(`from ${formatMoment(atMs)} for ${formatMoment(forMs)}`)}`,
    ),
    "",
    ...blocks(["part", "requests"], titles, rows, columns, paint),
    "",
    facts.join("   "),
    "",
    ...endpointLines(result, paint),
  ];
}

function endpointLines({ endpoints, scenario }: SimulationResult, paint: Paint): string[] {
  const isCalm = scenario.faults.length === 0;
  const heads = isCalm ? ["share"] : ["share before", "during", "after"];
  const rows = endpoints.map((endpoint) => {
    const label = endpointLabel(endpoint, endpoints);
    const { before, during, after } = endpoint.share;
    return [
      endpoint.isFaulty ? paint.red(`${label} (faulty)`) : paint.bold(label),
      paint.dim([endpoint.cloud, endpoint.region].filter((part) => part !== "").join("/")),
      ...(isCalm ? [before] : [before, during, after]).map(share),
      share(endpoint.utilisation),
    ];
  });
  const alignRight = [false, false, ...heads.map(() => true), true];
  return table([["endpoint", "where", ...heads, "busy"].map(paint.dim), ...rows], alignRight);
}

function renderSeveral(rows: readonly Row[], { variantTitle, columns, paint }: RenderInput): string[] {
  const hasVariants = rows.some(({ variant }) => variant !== "");
  const head = hasVariants ? ["scenario", variantTitle] : ["scenario"];
  const during: Metric = { ...metric("success"), title: "during" };
  const best = new Map<Metric, ReadonlySet<Row>>();
  for (const one of METRICS) {
    best.set(one, new Set(byScenario(rows).flatMap(([, group]) => [...bestOf(group, one)])));
  }
  const cell = (row: Row, one: Metric, scope: "whole" | "during") => {
    const { mean, min, max } = spreadOf(row, one, scope);
    const text = formatMetric(one.unit, mean);
    const whole = max > min ? `${text} ${paint.dim(`±${halfRange(one.unit, (max - min) / 2)}`)}` : text;
    return best.get(one)?.has(row) && scope === tellingScope(row) ? paint.green(whole) : whole;
  };
  const lines = rows.map((row, index) => {
    const [success, ...others] = METRICS;
    return {
      head: headOf(row, rows[index - 1], hasVariants, paint),
      cells: [
        cell(row, success!, "whole"),
        cell(row, metric("success"), "during"),
        ...others.map((one) => cell(row, one, one.isScoped && tellingScope(row) === "during" ? "during" : "whole")),
      ],
    };
  });
  const titles = [METRICS[0]!.title, during.title, ...METRICS.slice(1).map(({ title }) => title)];
  const seeds = new Set(rows.flatMap(({ runs }) => runs.map(({ seed }) => seed))).size;
  return [
    paint.dim(
      `success: over the whole day; the rest: while the faults last${seeds > 1 ? `; means of ${seeds} seeds ± half of the range` : ""}`,
    ),
    "",
    ...blocks(head, titles, lines, columns, paint),
    "",
    ...sharesLines(rows, head, columns, paint),
  ];
}

/** Where the requests went while the faults lasted. */
function sharesLines(rows: readonly Row[], head: readonly string[], columns: number, paint: Paint): string[] {
  const { endpoints } = rows[0]!.runs[0]!.result;
  const lines = rows.map((row, index) => ({
    head: headOf(row, rows[index - 1], head.length > 1, paint),
    cells: endpoints.slice(0, MAX_ENDPOINTS).map((_, index) => {
      const text = share(shareOf(row, index));
      return row.runs[0]!.result.endpoints[index]?.isFaulty ? paint.red(`${text}!`) : text;
    }),
  }));
  const titles = endpoints.slice(0, MAX_ENDPOINTS).map((endpoint) => endpointLabel(endpoint, endpoints));
  const rest = endpoints.length > MAX_ENDPOINTS ? `; the first ${MAX_ENDPOINTS} of ${endpoints.length} endpoints` : "";
  return [
    paint.dim(`share of first attempts while the faults last (! faulty)${rest}`),
    "",
    ...blocks(head, titles, lines, columns, paint),
  ];
}

const MAX_ENDPOINTS = 24;

/** The scenario is named once for all its variants. */
function headOf(row: Row, above: Row | undefined, hasVariants: boolean, paint: Paint): string[] {
  if (!hasVariants) return [paint.bold(row.scenario)];
  return [row.scenario === above?.scenario ? "" : paint.bold(row.scenario), row.variant];
}

/** Without the unit: it stands beside the value. */
function halfRange(unit: Unit, value: number): string {
  if (unit === "ratio") return (value * 100).toFixed(2);
  if (unit === "ms") return formatMs(value);
  return value.toFixed(unit === "dollars" ? 2 : 3);
}

interface Line {
  readonly head: readonly string[];
  readonly cells: readonly string[];
}

/** Tables of as many columns as fit beside the head; each repeats the head. At least one column each. */
function blocks(
  head: readonly string[],
  titles: readonly string[],
  lines: readonly Line[],
  columns: number,
  paint: Paint,
): string[] {
  const widthOf = (cells: readonly string[]) => Math.max(...cells.map(visibleLength)) + 2;
  const headWidth = head.reduce(
    (sum, title, index) => sum + widthOf([title, ...lines.map((line) => line.head[index]!)]),
    0,
  );
  const widths = titles.map((title, index) => widthOf([title, ...lines.map(({ cells }) => cells[index]!)]));
  const found: string[] = [];
  for (let from = 0; from < titles.length; ) {
    let to = from + 1;
    for (let width = headWidth + widths[from]!; to < titles.length && width + widths[to]! <= columns + 2; to++) {
      width += widths[to]!;
    }
    if (from > 0) found.push("");
    const rows = lines.map((line) => [...line.head, ...line.cells.slice(from, to)]);
    const alignRight = [...head.map((title) => title === "requests"), ...titles.map(() => true)];
    found.push(...table([[...head, ...titles.slice(from, to)].map(paint.dim), ...rows], alignRight));
    from = to;
  }
  return found;
}

function share(ratio: number): string {
  return Number.isNaN(ratio)
    ? "–"
    : ratio === 0
      ? "0 %"
      : ratio < 0.0995
        ? `${(ratio * 100).toFixed(2)} %`
        : `${(ratio * 100).toFixed(1)} %`;
}

/** As an operator would see it: green without a failure, yellow down to 99.9 %, then red. */
function paintSuccess(ratio: number, text: string, paint: Paint): string {
  if (Number.isNaN(ratio)) return text;
  if (ratio >= 1) return paint.green(text);
  return ratio >= 0.999 ? paint.yellow(text) : paint.red(text);
}
