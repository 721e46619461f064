import type { OverheadRow } from "../overhead/run.ts";
import { count } from "./markdown.ts";
import { box, svg, text } from "./svg.ts";

const WIDTH = 640;
const LABELS = 90;
const BARS = 330;
const ROW = 22;
const TOP = 34;
const OURS = "heddle";

/** CPU per request of each contender as bars, at the middle one of the numbers of connections. Null without rows. */
export function overheadChart(rows: readonly OverheadRow[]): string | null {
  const steps = [...new Set(rows.map(({ connections }) => connections))].sort((a, b) => a - b);
  const connections = steps[(steps.length - 1) >> 1];
  if (connections === undefined) return null;
  const shown = rows.filter((row) => row.connections === connections).sort((a, b) => a.cpuUs - b.cpuUs);
  const longest = Math.max(...shown.map(({ cpuUs }) => cpuUs));
  const title = `CPU per request, µs (${connections} connections, one core; shorter is better)`;
  const parts = [text(title, { x: 0, y: 16, kind: "title" })];
  for (const [i, row] of shown.entries()) {
    const y = TOP + i * ROW;
    const isOurs = row.contender === OURS;
    const width = Math.max(1, (row.cpuUs / longest) * BARS);
    parts.push(
      text(row.contender, { x: LABELS - 8, y: y + 12, anchor: "end", ...(isOurs && { kind: "ours" }) }),
      box({ x: LABELS, y, width, height: 16, kind: isOurs ? "bar ours" : "bar" }),
      text(caption(row), { x: LABELS + width + 6, y: y + 12, kind: isOurs ? "ours" : "quiet" }),
    );
  }
  return svg(title, WIDTH, TOP + shown.length * ROW + 4, parts);
}

function caption({ cpuUs, vsBare, requestsPerSecond }: OverheadRow): string {
  const ratio = vsBare === null ? "" : ` · ${vsBare.cpu.median.toFixed(2)} × bare`;
  return `${cpuUs.toFixed(0)}${ratio} · ${count(requestsPerSecond)}/s`;
}
