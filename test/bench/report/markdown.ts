/** Markdown that can be pasted as it is. */
import type { Spread } from "../measure/spread.ts";

/** A table; the first column is text, the others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line), ""].join("\n");
}

/** `0.86 [0.80-0.94]`; a dash for what could not be measured. */
export function ratio({ median, low, high }: Spread): string {
  if (!Number.isFinite(median)) return "–";
  return `${median.toFixed(2)} [${low.toFixed(2)}-${high.toFixed(2)}]`;
}

/** A number with thousands separated, rounded. */
export function count(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en-US") : "–";
}

/** Three significant digits and `ms`. */
export function milliseconds(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
