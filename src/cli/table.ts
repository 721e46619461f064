/**
 * Lines of a table with aligned columns. Widths count visible characters: colours take no room.
 *
 * - `rows`: cells, already coloured; a short row leaves its last columns empty.
 * - `alignRight`: by column; default left.
 */
export function table(rows: readonly (readonly string[])[], alignRight: readonly boolean[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = " ".repeat(widths[column]! - visibleLength(cell));
        return alignRight[column] ? gap + cell : cell + gap;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Characters of `text` that are seen. */
export function visibleLength(text: string): number {
  return [...withoutColours(text)].length;
}

/** The text without its colours. */
export function withoutColours(text: string): string {
  return text.replace(COLOUR, "");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts every colour
const COLOUR = /\u001b\[[0-9;]*m/g;
