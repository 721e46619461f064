/** Digits that a measurement is good for, with some to spare. */
const DIGITS = 4;

/**
 * Indented JSON with numbers rounded to four significant digits (whole ones stay as they are) and each list of numbers on
 * one line. NaN and infinities become null, as JSON has none.
 */
export function readableJson(value: unknown): string {
  const rounded = (_key: string, item: unknown) =>
    typeof item === "number" && !Number.isInteger(item) ? Number(item.toPrecision(DIGITS)) : item;
  const text = JSON.stringify(value, rounded, 2);
  const lists = /\[\s*((?:-?[\d.e+-]+|null)(?:,\s*(?:-?[\d.e+-]+|null))*)\s*\]/g;
  return `${text.replaceAll(lists, (_, items: string) => `[${items.replaceAll(/\s+/g, " ")}]`)}\n`;
}
