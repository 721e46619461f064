import { ms, percent, rate } from "../format.ts";
import { rowsOf } from "../live/samples.ts";
import { Card } from "../parts/card.tsx";
import { Chart, type Line } from "../parts/chart.tsx";
import { seriesColour } from "./series-colour.ts";

interface ServiceChartsProps {
  readonly service: string;
  /** In the order of their colours. */
  readonly endpoints: readonly string[];
}

/** Lines that can still be told apart. */
const MAX_LINES = 8;

/** Share by endpoint, latency and success: what was remembered, and what was seen since. */
export function ServiceCharts({ service, endpoints }: ServiceChartsProps) {
  const rows = rowsOf(service);
  const atMs = rows.map((row) => row.atMs);
  const shares = endpoints.slice(0, MAX_LINES).map(
    (id, e): Line => ({
      key: id,
      label: id,
      colour: seriesColour(e),
      values: rows.map((row) => row.endpoints[id]?.share ?? null),
    }),
  );
  const latency: Line[] = [
    { key: "p50", label: "p50", colour: "--series-1", values: rows.map((row) => row.p50Ms) },
    { key: "p99", label: "p99", colour: "--series-4", values: rows.map((row) => row.p99Ms), band: true },
  ];
  const traffic: Line[] = [
    { key: "rps", label: "all", colour: "--series-1", values: rows.map((row) => row.rps), area: true },
  ];
  const success: Line[] = [
    { key: "success", label: "success", colour: "--good", values: rows.map((row) => row.success), area: true },
  ];
  return (
    <Card title="The last half hour" class="charts">
      <Chart title="Where requests go" atMs={atMs} lines={shares} show={percent} range={upToOne} />
      <Chart title="Latency, highest of the regions" atMs={atMs} lines={latency} show={ms} />
      <Chart title="Requests a second" atMs={atMs} lines={traffic} show={rate} />
      <Chart title="Attempts that succeed" atMs={atMs} lines={success} show={percent} range={nearOne} />
    </Card>
  );
}

function upToOne(_min: number, max: number): readonly [number, number] {
  return [0, Math.min(1, Math.max(0.5, max * 1.15))];
}

/** Success is looked at from above: what is missing to 100 %. */
function nearOne(min: number): readonly [number, number] {
  const floor = Number.isFinite(min) ? min : 0.9;
  return [Math.max(0, Math.min(0.98, floor - (1 - floor) * 0.25)), 1.0005];
}
