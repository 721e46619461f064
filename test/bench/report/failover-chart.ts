import { FAULTS } from "../failover/faults.ts";
import type { FailoverCell } from "../failover/summary.ts";
import { count } from "./markdown.ts";
import { box, svg, text } from "./svg.ts";

const LABELS = 150;
const COLUMN = 66;
const ROW = 24;
const TOP = 52;
const OURS = "heddle";
/** Share of the requests that failed, above which a cell is red. */
const MANY = 0.01;

/** Failed requests of each contender under each fault, as a grid. Null without cells. */
export function failoverChart(cells: readonly FailoverCell[]): string | null {
  const names = [...new Set(cells.map(({ contender }) => contender))];
  const faults = FAULTS.filter(({ name }) => cells.some(({ fault }) => fault === name));
  if (names.length === 0) return null;
  const title = "Failed requests while one origin of three fails and heals";
  const parts = [text(title, { x: 0, y: 16, kind: "title" })];
  for (const [column, name] of names.entries()) {
    const x = LABELS + column * COLUMN + COLUMN / 2;
    parts.push(text(name, { x, y: TOP - 10, anchor: "middle", kind: name === OURS ? "ours" : "quiet" }));
  }
  for (const [row, fault] of faults.entries()) {
    const y = TOP + row * ROW;
    parts.push(text(fault.name, { x: LABELS - 10, y: y + 15, anchor: "end" }));
    for (const [column, name] of names.entries()) {
      const cell = cells.find((candidate) => candidate.fault === fault.name && candidate.contender === name);
      if (cell === undefined) continue;
      const x = LABELS + column * COLUMN;
      parts.push(
        box({ x: x + 2, y, width: COLUMN - 4, height: ROW - 4, kind: kindOf(cell) }),
        text(count(cell.failed), {
          x: x + COLUMN / 2,
          y: y + 15,
          anchor: "middle",
          ...(name === OURS && { kind: "ours" }),
        }),
      );
    }
  }
  return svg(title, LABELS + names.length * COLUMN, TOP + faults.length * ROW + 4, parts);
}

function kindOf({ failed, sent }: FailoverCell): "none" | "some" | "many" {
  if (failed === 0) return "none";
  return failed / sent < MANY ? "some" : "many";
}
