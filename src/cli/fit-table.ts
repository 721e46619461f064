import stringWidth from "string-width";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";

/** A column of a table that has to fit. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** May be cut to this many cells of the terminal, with an ellipsis. Absent: it is never cut. */
  readonly min?: number;
  /** May be left out where cutting is not enough; the highest number goes first. Absent: it always stays. */
  readonly drop?: number;
}

/** Plain text, or text that is coloured once it is cut. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const GAP = "  ";

/**
 * Lines of a table no wider than `width`, its titles first. Columns without content are left out; long ones are cut, the
 * widest first, and then columns go in the order they say. What may neither be cut nor go stays, wider or not.
 *
 * - `width`: in cells of the terminal; Infinity: as wide as it is.
 * - cells are text from anywhere: it is made harmless here (plain.ts). A short row leaves its last columns empty.
 *
 * Linear in the cells, times the columns that have to go.
 */
export function fitTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paintTitle: (text: string) => string = (text) => text,
): string[] {
  const texts = rows.map((row) => columns.map((_, c) => plain(textOf(row[c] ?? ""))));
  let kept = columns.map((_, c) => c).filter((c) => texts.some((row) => row[c] !== ""));
  const natural = columns.map(({ title }, c) =>
    Math.max(stringWidth(title), ...texts.map((row) => stringWidth(row[c]!))),
  );
  let widths = shrunk(columns, kept, natural, width);
  while (totalOf(kept, widths) > width) {
    const last = kept.reduce((a, b) => ((columns[b]!.drop ?? 0) > (columns[a]!.drop ?? 0) ? b : a), kept[0] ?? 0);
    if (kept.length === 0 || columns[last]!.drop === undefined) break;
    kept = kept.filter((c) => c !== last);
    widths = shrunk(columns, kept, natural, width);
  }
  const line = (cell: (c: number) => string, paint: (c: number) => (text: string) => string) =>
    kept
      .map((c) => {
        const text = cut(cell(c), widths[c]!);
        const gap = " ".repeat(Math.max(0, widths[c]! - stringWidth(text)));
        const painted = paint(c)(text);
        return columns[c]!.align === "right" ? gap + painted : painted + gap;
      })
      .join(GAP)
      .trimEnd();
  const title = line(
    (c) => columns[c]!.title,
    () => paintTitle,
  );
  return [
    ...(columns.some((column) => column.title !== "") ? [title] : []),
    ...texts.map((row, r) =>
      line(
        (c) => row[c]!,
        (c) => paintOf(rows[r]![c] ?? ""),
      ),
    ),
  ];
}

/** How wide the lines of a command may be: a terminal's width, or what COLUMNS says; a file or pipe takes any. */
export function widthOf({ isInteractive, columns, env }: Terminal): number {
  if (isInteractive) return columns();
  const asked = Number(env.COLUMNS ?? "");
  return Number.isInteger(asked) && asked >= 20 ? asked : Number.POSITIVE_INFINITY;
}

/** The beginning of a text that takes at most `width` cells, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (text.length <= width && stringWidth(text) <= width) return text;
  if (stringWidth(text) <= width) return text;
  let taken = "";
  let used = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    const next = stringWidth(segment);
    if (used + next > width - 1) break;
    taken += segment;
    used += next;
  }
  return width < 1 ? "" : `${taken.trimEnd()}…`;
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Widths with the widest of those that may be cut narrowed until the row fits, or all are at their least. */
function shrunk(
  columns: readonly Column[],
  kept: readonly number[],
  natural: readonly number[],
  width: number,
): number[] {
  const widths = [...natural];
  let over = totalOf(kept, widths) - width;
  while (over > 0) {
    const open = kept.filter((c) => columns[c]!.min !== undefined && widths[c]! > columns[c]!.min);
    if (open.length === 0) break;
    const widest = open.reduce((a, b) => (widths[b]! > widths[a]! ? b : a));
    const second = Math.max(0, ...open.filter((c) => c !== widest).map((c) => widths[c]!));
    const to = Math.max(columns[widest]!.min!, Math.min(second, widths[widest]! - 1), widths[widest]! - over);
    over -= widths[widest]! - to;
    widths[widest] = to;
  }
  return widths;
}

function totalOf(kept: readonly number[], widths: readonly number[]): number {
  return kept.reduce((sum, c) => sum + widths[c]!, 0) + GAP.length * Math.max(0, kept.length - 1);
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function paintOf(cell: Cell): (text: string) => string {
  return typeof cell === "string" ? (text) => text : cell.paint;
}
