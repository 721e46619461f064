import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A recorded load of whole hours: rows of a date and 24 counts, days in order. Lines with # say where it is from. */
export function readHours(file: string): { readonly values: Float64Array; readonly firstStep: number } {
  const rows = readFileSync(join(import.meta.dirname, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(","));
  const first = Date.parse(`${rows[0]![0]}T00:00:00Z`) / 3_600_000;
  for (const [day, row] of rows.entries()) {
    const isNext = Date.parse(`${row[0]}T00:00:00Z`) / 3_600_000 === first + 24 * day;
    if (row.length !== 25 || !isNext) throw new Error(`${file}: ${row[0]} is not the next day with 24 hours`);
  }
  return { values: Float64Array.from(rows.flatMap(([, ...counts]) => counts.map(Number))), firstStep: first };
}
