import { type Cell, type Column, fitTable } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint } from "../terminal.ts";
import { instant } from "../when.ts";
import type { Version } from "./shapes.ts";

const COLUMNS: readonly Column[] = [
  { title: "version", align: "right" },
  { title: "when" },
  { title: "by", min: 8 },
  { title: "what", min: 18 },
  { title: "message", min: 16, drop: 1 },
  { title: "digest", drop: 2 },
];

/** Versions as a table, the one in force marked. `current`: its number. */
export function renderHistory(items: readonly Version[], current: number, width: number, paint: Paint): string[] {
  if (items.length === 0) return ["nothing was ever applied: the mesh bundled at deployment is in force"];
  const rows = items.map((one): Cell[] => [
    {
      text: `${one.version === current ? "* " : ""}${one.version}`,
      paint: one.version === current ? paint.green : same,
    },
    instant(one.atMs),
    one.author,
    { text: kindOf(one), paint: colourOf(one, paint) },
    one.message,
    { text: one.digest.slice(0, 12), paint: paint.dim },
  ]);
  return fitTable(COLUMNS, rows, width, paint.dim);
}

/** One line that says what a version is. */
export function versionLine(one: Version, paint: Paint): string {
  const by = one.author === "" ? "" : ` by ${plain(one.author)}`;
  const message = one.message === "" ? "" : `: ${plain(one.message)}`;
  return `${paint.bold(`version ${one.version}`)} ${instant(one.atMs)}${by}${message}`;
}

function kindOf({ kind, of, guard, pinned }: Version): string {
  const words = [kind === "apply" ? "apply" : `${kind} to ${of ?? "?"}`];
  if (guard != null) words.push(`guard ${guard.state}${(guard.reason ?? "") === "" ? "" : `: ${guard.reason}`}`);
  if (pinned === true) words.push("pinned");
  return words.join(", ");
}

function colourOf({ kind, guard }: Version, paint: Paint): (text: string) => string {
  if (kind === "guard-rollback" || guard?.state === "rolled-back") return paint.red;
  if (kind === "rollback" || guard?.state === "watching") return paint.yellow;
  return same;
}

function same(text: string): string {
  return text;
}
