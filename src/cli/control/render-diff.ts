import { countOf } from "../config/faults-report.ts";
import { type Cell, type Column, cut, fitTable } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint } from "../terminal.ts";
import type { Change, Diff } from "./shapes.ts";

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;
/** Longest value shown: a whole certificate or filter is better looked at in the file. */
const LONGEST_VALUE = 80;
const MOST_LINES = 500;

const COLUMNS: readonly Column[] = [{ title: "" }, { title: "", min: 24 }, { title: "", align: "right", drop: 1 }];

/**
 * What differs, a line for each change and one for each setting in it, with the share of the present traffic that it
 * touches at most.
 *
 * - `width`: in cells of the terminal.
 */
export function renderDiff({ changes, trafficShare }: Diff, width: number, paint: Paint): string[] {
  if (changes.length === 0) return ["no difference"];
  const rows = changes.flatMap((change) => rowsOf(change, paint));
  const lines = fitTable(COLUMNS, rows, width);
  const counts = (["added", "changed", "removed"] as const)
    .map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  const share = trafficShare == null ? "" : `; ${shareText(trafficShare)}`;
  const left = lines.length - MOST_LINES;
  return [
    ...lines.slice(0, MOST_LINES),
    ...(left > 0 ? [paint.dim(`… ${countOf(left, "more line")}: --json has all`)] : []),
    cut(`${countOf(changes.length, "difference")}: ${counts.join(", ")}${share}`, width),
  ];
}

function rowsOf({ kind, what, name, path = "", summary = "", fields = [], trafficShare }: Change, paint: Paint) {
  const colour = { added: paint.green, removed: paint.red, changed: paint.yellow }[kind];
  const title = name === "" ? what : `${what} ${name}`;
  const head: Cell[] = [
    { text: SIGNS[kind], paint: colour },
    { text: summary === "" ? title : `${title}  ${summary}`, paint: colour },
    { text: trafficShare == null ? "" : shareText(trafficShare), paint: paint.dim },
  ];
  const rest = fields.map((field): Cell[] => {
    const below = path !== "" && field.path.startsWith(`${path}.`) ? field.path.slice(path.length + 1) : field.path;
    return ["", `  ${below}: ${valueText(field.before)} → ${valueText(field.after)}`];
  });
  return [head, ...rest];
}

function shareText(ratio: number): string {
  const percent = ratio * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 % of traffic";
  return `${Number(percent.toFixed(percent < 10 ? 1 : 0))} % of traffic`;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return "none";
  return cut(plain(typeof value === "string" && value !== "" ? value : JSON.stringify(value)), LONGEST_VALUE);
}
