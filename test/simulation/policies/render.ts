/** The comparison as Markdown: a summary of one policy, and every policy's figures. */
import { type Cell, isGood, judge, type Measures, meanOf, TOLERANCE, type Verdict } from "./verdict.ts";

/** A group of rivals that the subject is judged against. */
export interface Group {
  readonly title: string;
  readonly names: readonly string[];
}

/** One row for each scenario and load: the subject's figures and a verdict against each group. */
export function summaryTable(cells: readonly Cell[], subject: string, groups: readonly Group[]): string[] {
  const head = [
    ...["scenario", "load", "success", "in SLO", "p50", "p99"],
    ...groups.flatMap(({ title }) => [`against ${title}`, "p99 ratio"]),
  ];
  const rows = cells.flatMap((cell) => {
    const measures = meanOf(cell.policies.get(subject) ?? []);
    if (measures === null) return [];
    const verdicts = groups.flatMap(({ names }) => verdictColumns(judge(cell, subject, names)));
    return [[cell.scenario, String(cell.utilisationPercent), ...figures(measures), ...verdicts]];
  });
  return markdown(head, rows, [0, ...groups.map((_, at) => 6 + 2 * at)]);
}

/** A row for each scenario, a column for each load: success, the difference to the best rival, and the ratio of p99. */
export function compactTable(cells: readonly Cell[], subject: string, { names }: Group): string[] {
  const loads = [...new Set(cells.map(({ utilisationPercent }) => utilisationPercent))];
  const scenarios = [...new Set(cells.map(({ scenario }) => scenario))];
  const rows = scenarios.map((scenario) => [
    scenario,
    ...loads.map((load) => {
      const cell = cells.find((other) => other.scenario === scenario && other.utilisationPercent === load);
      const measures = meanOf(cell?.policies.get(subject) ?? []);
      const verdict = cell === undefined ? null : judge(cell, subject, names);
      return measures === null || verdict === null ? "" : compact(measures, verdict);
    }),
  ]);
  return markdown(["scenario", ...loads.map((load) => `${load} %`)], rows, [0]);
}

function compact({ success }: Measures, verdict: Verdict): string {
  const text = `${percent(success)}, ${behindText(verdict)}, ×${verdict.p99Ratio.toFixed(2)}`;
  return isGood(verdict) ? `**${text}**` : text;
}

/** How many cells are as they should be, for each group and load. */
export function tally(cells: readonly Cell[], subject: string, { title, names }: Group): string {
  const verdicts = cells.flatMap((cell) => judge(cell, subject, names) ?? []);
  const won = verdicts.filter(({ behind }) => behind >= -TOLERANCE).length;
  const good = verdicts.filter(isGood).length;
  return `Against ${title}: success best or within 0.1 % in ${won} of ${verdicts.length} cells, and p99 within 10 % in ${good} of them.`;
}

/** Two tables for each load: success and p99, within the objective and p50; a row for each policy, a column for each scenario. */
export function fullTables(cells: readonly Cell[], policies: readonly string[]): string[] {
  const loads = [...new Set(cells.map(({ utilisationPercent }) => utilisationPercent))];
  return loads.flatMap((load) => {
    const of = cells.filter(({ utilisationPercent }) => utilisationPercent === load);
    const grid = (title: string, text: (measures: Measures) => string) => [
      `#### ${load} %: ${title}`,
      "",
      ...markdown(["", ...of.map(({ scenario }) => scenario)], rowsOf(of, policies, text), [0]),
      "",
    ];
    return [
      ...grid("success, % / p99, ms", ({ success, p99Ms }) => `${percent(success)} / ${milliseconds(p99Ms)}`),
      ...grid("within 500 ms, % / p50, ms", ({ withinSlo, p50Ms }) => `${percent(withinSlo)} / ${milliseconds(p50Ms)}`),
    ];
  });
}

function rowsOf(
  cells: readonly Cell[],
  policies: readonly string[],
  text: (measures: Measures) => string,
): readonly string[][] {
  const present = policies.filter((policy) => cells.some((cell) => cell.policies.has(policy)));
  return present.map((policy) => [
    policy,
    ...cells.map((cell) => {
      const measures = meanOf(cell.policies.get(policy) ?? []);
      return measures === null ? "" : text(measures);
    }),
  ]);
}

function figures({ success, withinSlo, p50Ms, p99Ms }: Measures): string[] {
  return [percent(success), percent(withinSlo), milliseconds(p50Ms), milliseconds(p99Ms)];
}

function verdictColumns(verdict: Verdict | null): [string, string] {
  if (verdict === null) return ["", ""];
  const { best, behind, quickest, p99Ratio } = verdict;
  const ratio = Number.isFinite(p99Ratio) ? `${p99Ratio.toFixed(2)} ${quickest}` : "";
  return [behind < -TOLERANCE ? `${behindText(verdict)} ${best}` : behindText(verdict), ratio];
}

function behindText({ behind }: Verdict): string {
  if (behind >= 0) return "best";
  return behind >= -TOLERANCE ? "within 0.1" : `−${percent(-behind)}`;
}

function percent(ratio: number): string {
  return (100 * ratio).toFixed(2);
}

function milliseconds(ms: number): string {
  return Number.isFinite(ms) ? ms.toFixed(0) : "–";
}

/** Columns in `left` are text, the others numbers. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[], left: readonly number[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (left.includes(column) ? "---" : "---:"))), ...rows.map(line)];
}
