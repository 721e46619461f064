/** Where the boxes of the picture stand, and how the bands between them run. */
import type { Tone } from "./health.ts";

export type Column = "regions" | "routes" | "services" | "endpoints";

export interface Box {
  readonly key: string;
  readonly column: Column;
  readonly label: string;
  /** Beside the label: a locality, a count; "" for nothing. */
  readonly note: string;
  readonly tone: Tone;
  /** The state in a word; "" where there is none. */
  readonly word: string;
  readonly rps: number;
  /** Of its service; null for others. */
  readonly share: number | null;
  /** The page to open; null: none. */
  readonly service: string | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Band {
  readonly key: string;
  readonly tone: Tone;
  readonly rps: number;
  readonly width: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly bands: readonly Band[];
  readonly columns: readonly { readonly name: Column; readonly x: number; readonly width: number }[];
}

/** A box that has no place yet. */
export type Loose = Omit<Box, "x" | "y" | "width" | "height">;

export interface Link {
  readonly from: string;
  readonly to: string;
  readonly rps: number;
  readonly tone: Tone;
}

/** Pixels. */
const BOX_HEIGHT = 44;
const GAP = 10;
/** Few boxes stand apart, and their bands may be wide. */
const MAX_GAP = 34;
const ROOMY_HEIGHT = 300;
const HEAD = 26;
const MIN_BAND = 1.5;
const MAX_BAND = 30;

/** Columns from left to right, none of them empty. Linear in boxes and links. */
export function place(columns: readonly (readonly Loose[])[], links: readonly Link[], width: number): Picture {
  const tallest = Math.max(0, ...columns.map(({ length }) => length));
  const rows = Math.max(1, tallest);
  const gap = Math.min(MAX_GAP, Math.max(GAP, (ROOMY_HEIGHT - HEAD) / rows - BOX_HEIGHT));
  const height = HEAD + rows * (BOX_HEIGHT + gap) + GAP;
  const widths = boxWidths(columns, width);
  const free = width - widths.reduce((at, one) => at + one, 0);
  const between = columns.length > 1 ? free / (columns.length - 1) : 0;
  const boxes = new Map<string, Box>();
  const heads: { name: Column; x: number; width: number }[] = [];
  let x = 0;
  for (const [c, column] of columns.entries()) {
    heads.push({ name: column[0]!.column, x, width: widths[c]! });
    const room = height - HEAD - GAP;
    const step = room / column.length;
    for (const [row, loose] of column.entries()) {
      const y = HEAD + step * row + (step - BOX_HEIGHT) / 2 + GAP / 2;
      boxes.set(loose.key, { ...loose, x, y, width: widths[c]!, height: BOX_HEIGHT });
    }
    x += widths[c]! + between;
  }
  return { width, height, boxes: [...boxes.values()], bands: bandsOf(links, boxes), columns: heads };
}

/** Bands leave and reach a box side by side, so that together they are as high as its traffic. */
function bandsOf(links: readonly Link[], boxes: ReadonlyMap<string, Box>): Band[] {
  const known = links.filter(({ from, to }) => boxes.has(from) && boxes.has(to));
  const most = Math.max(1e-9, ...[...boxes.values()].map(({ rps }) => rps));
  const wide = (rps: number) => Math.max(MIN_BAND, (rps / most) * MAX_BAND);
  const offsets = (side: "from" | "to") => {
    const other = side === "from" ? "to" : "from";
    const found = new Map<Link, number>();
    for (const group of Map.groupBy(known, (link) => link[side]).values()) {
      const ordered = [...group].sort((a, b) => boxes.get(a[other])!.y - boxes.get(b[other])!.y);
      let at = -ordered.reduce((total, { rps }) => total + wide(rps), 0) / 2;
      for (const link of ordered) {
        found.set(link, at + wide(link.rps) / 2);
        at += wide(link.rps);
      }
    }
    return found;
  };
  const [leaving, reaching] = [offsets("from"), offsets("to")];
  return known.map((link) => {
    const [from, to] = [boxes.get(link.from)!, boxes.get(link.to)!];
    return {
      key: `${link.from}>${link.to}`,
      tone: link.tone,
      rps: link.rps,
      width: wide(link.rps),
      x1: from.x + from.width,
      y1: from.y + from.height / 2 + leaving.get(link)!,
      x2: to.x,
      y2: to.y + to.height / 2 + reaching.get(link)!,
    };
  });
}

/** Endpoints say most and get most; a third of the width stays for the bands, a fifth where there are two columns. */
function boxWidths(columns: readonly (readonly Loose[])[], width: number): number[] {
  const wanted: Record<Column, number> = { regions: 120, routes: 170, services: 190, endpoints: 250 };
  const sizes = columns.map((column) => wanted[column[0]!.column]);
  const part = columns.length > 2 ? 0.68 : 0.8;
  const scale = Math.min(1.25, (width * part) / sizes.reduce((total, one) => total + one, 0));
  return sizes.map((size) => Math.floor(size * scale));
}
