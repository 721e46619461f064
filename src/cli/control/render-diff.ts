import { countOf } from "../config/faults-report.ts";
import { type Cell, cut, fitTable } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint } from "../terminal.ts";
import type { Change, Diff } from "./shapes.ts";

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;
/** Longest value shown: a whole certificate or filter is better looked at in the file. */
const LONGEST_VALUE = 60;

/**
 * What differs, a line for each change and one for each field in it, with the share of the present traffic that it touches.
 *
 * - `width`: in cells of the terminal.
 */
export function renderDiff({ changes }: Diff, width: number, paint: Paint): string[] {
  if (changes.length === 0) return ["no difference"];
  const rows = changes.flatMap((change) => rowsOf(change, paint));
  const columns = [{ title: "" }, { title: "", min: 24 }, { title: "", align: "right" as const, min: 6, drop: 1 }];
  const counts = (["added", "changed", "removed"] as const)
    .map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  return [...fitTable(columns, rows, width), "", `${countOf(changes.length, "difference")}: ${counts.join(", ")}`];
}

function rowsOf({ kind, what, name, fields = [], trafficShare }: Change, paint: Paint): Cell[][] {
  const colour = { added: paint.green, removed: paint.red, changed: paint.yellow }[kind];
  const title = name === "" ? what : `${what} ${name}`;
  const head: Cell[] = [
    { text: SIGNS[kind], paint: colour },
    { text: title, paint: (text) => paint.bold(colour(text)) },
    share(trafficShare),
  ];
  const rest = fields.map(({ path, before, after }): Cell[] => [
    "",
    `  ${path}: ${[before, after].map(shown).join(" → ")}`,
  ]);
  return kind === "changed" ? [head, ...rest] : [head];
}

function share(trafficShare: number | null | undefined): string {
  if (trafficShare == null) return "";
  const percent = trafficShare * 100;
  return `${percent > 0 && percent < 0.1 ? "< 0.1" : percent.toFixed(percent < 10 ? 1 : 0)} % of traffic`;
}

function shown(value: unknown): string {
  if (value === undefined) return "(default)";
  return cut(plain(typeof value === "string" ? value : JSON.stringify(value)), LONGEST_VALUE);
}
