/** The four charts of a run, one below the other on the same axis of time. */
import type { Timeline } from "../result.ts";
import { bandPath, bucketMiddles, type ChartFrame, chart, linePath, percentOf, stretched } from "./chart.ts";
import { html, type Markup } from "./markup.ts";
import { formatMs, formatRatio } from "./metrics.ts";
import { linearScale, logScale } from "./scale.ts";
import { type EndpointSeries, failedOtherwise } from "./series.ts";

const TALL_PX = 200;
const LOW_PX = 110;

/** First attempts by endpoint, stacked. */
export function requestsChart(frame: ChartFrame, timeline: Timeline, series: readonly EndpointSeries[]): Markup {
  const perSecond = 1_000 / timeline.bucketMs;
  const x = bucketMiddles(timeline.atMs, timeline.bucketMs, frame.durationMs);
  const levels = stack(series, timeline.atMs.length);
  const top = Math.max(...(levels.at(-1) ?? [0])) * perSecond;
  const scale = linearScale(top);
  const y = (count: number) => TALL_PX * (1 - scale.at(count * perSecond));
  const areas = series.map((_, index) => {
    const upper = x.map((at, bucket) => [at, y(levels[index + 1]![bucket]!)] as const);
    const lower = x.map((at, bucket) => [at, y(levels[index]![bucket]!)] as const);
    return html`<path class="area s${index}" d="${bandPath(upper, lower)}"/>`;
  });
  return chart({
    frame,
    key: "requests",
    title: "Requests by endpoint, per second",
    description: describeRequests(series),
    heightPx: TALL_PX,
    axis: { scale, format: count },
    legend: series.map(({ label, isFaulty }, index) => ({
      colour: `s${index}`,
      label,
      isFaulty,
      column: `endpoint-${index}`,
    })),
    body: [stretched(TALL_PX, areas)],
  });
}

/** Median, 90th and 99th percentile, with the objective. Logarithmic: a timeout is a hundred medians. */
export function latencyChart(frame: ChartFrame, timeline: Timeline, sloMs: number): Markup {
  const columns = [timeline.p50Ms, timeline.p90Ms, timeline.p99Ms] as const;
  const known = columns.flat().filter((value) => value > 0);
  const scale = logScale(Math.min(sloMs, ...known), Math.max(sloMs, ...known));
  const x = bucketMiddles(timeline.atMs, timeline.bucketMs, frame.durationMs);
  const points = columns.map((column) =>
    column.map((value, bucket) => [x[bucket]!, TALL_PX * (1 - scale.at(value))] as const),
  );
  const [p50, p90, p99] = [points[0]!, points[1]!, points[2]!];
  const sloY = Number((TALL_PX * (1 - scale.at(sloMs))).toFixed(1));
  return chart({
    frame,
    key: "latency",
    title: "Latency of good answers",
    description: `Median, 90th and 99th percentile over time on a logarithmic axis; the objective is ${formatMs(sloMs)}.`,
    heightPx: TALL_PX,
    axis: { scale, format: formatMs },
    legend: [
      { colour: "l50", label: "p50", column: "p50" },
      { colour: "l90", label: "p90", column: "p90" },
      { colour: "l99", label: "p99", column: "p99" },
      { colour: "slo", label: `objective ${formatMs(sloMs)}` },
    ],
    body: [
      stretched(TALL_PX, [
        html`<path class="band b99" d="${bandPath(p99, p90)}"/><path class="band b90" d="${bandPath(p90, p50)}"/>`,
        html`<path class="line l99" d="${linePath(p99)}"/><path class="line l90" d="${linePath(p90)}"/><path class="line l50" d="${linePath(p50)}"/>`,
      ]),
      html`<line class="slo" x1="0" x2="100%" y1="${sloY}" y2="${sloY}"/>`,
    ],
  });
}

/** Requests that failed or were refused, and attempts beyond the first, per second. */
export function failuresChart(frame: ChartFrame, timeline: Timeline): Markup {
  const perSecond = 1_000 / timeline.bucketMs;
  const x = bucketMiddles(timeline.atMs, timeline.bucketMs, frame.durationMs);
  const otherwise = failedOtherwise(timeline);
  const failedOrShed = otherwise.map((failed, bucket) => failed + timeline.shed[bucket]!);
  const top = Math.max(1, ...failedOrShed, ...timeline.retries) * perSecond;
  const scale = linearScale(top, 3);
  const line = (column: readonly number[]) =>
    column.map((value, bucket) => [x[bucket]!, LOW_PX * (1 - scale.at(value * perSecond))] as const);
  const floor = x.map((at) => [at, LOW_PX] as const);
  const failed = line(otherwise);
  return chart({
    frame,
    key: "failures",
    title: "Sheds, failures and retries, per second",
    description: `Shed ${count(sum(timeline.shed))}, failed otherwise ${count(sum(otherwise))}, further attempts ${count(sum(timeline.retries))} over the whole run.`,
    heightPx: LOW_PX,
    axis: { scale, format: count },
    legend: [
      { colour: "failed", label: "failed otherwise", column: "failed" },
      { colour: "shed", label: "shed", column: "shed" },
      { colour: "retries", label: "retries", column: "retries" },
    ],
    body: [
      stretched(LOW_PX, [
        html`<path class="area shed" d="${bandPath(line(failedOrShed), failed)}"/><path class="area failed" d="${bandPath(failed, floor)}"/>`,
        html`<path class="line retries" d="${linePath(line(timeline.retries))}"/>`,
      ]),
    ],
  });
}

/** What the faults are and when, one lane each. */
export function faultLanes(frame: ChartFrame, names: readonly string[]): Markup | null {
  if (frame.faults.length === 0) return null;
  const lanes = frame.faults.map(({ atMs, forMs }, index) => {
    const y = index * FAULT_LANE_PX;
    const endMs = Math.min(frame.durationMs, atMs + forMs);
    const isLate = atMs > frame.durationMs / 2;
    return html`<rect class="fault" x="${percentOf(atMs, frame.durationMs)}" y="${y + 4}" width="${percentOf(endMs - atMs, frame.durationMs)}" height="${FAULT_LANE_PX - 6}" rx="3"/><text class="on-fault" x="${percentOf(isLate ? endMs : atMs, frame.durationMs)}" dx="${isLate ? -6 : 6}" y="${y + 16}" text-anchor="${isLate ? "end" : "start"}">${names[index]!}</text>`;
  });
  return html`<figure class="chart faults"><div class="plot"><span></span><svg class="view" width="100%" height="${frame.faults.length * FAULT_LANE_PX}" role="img" aria-label="Faults: ${names.join("; ")}">${lanes}</svg></div></figure>`;
}

const FAULT_LANE_PX = 24;

/** Running sums of the series: level n is the upper edge of series n − 1, level 0 the floor. */
function stack(series: readonly EndpointSeries[], buckets: number): number[][] {
  const levels: number[][] = [new Array<number>(buckets).fill(0)];
  for (const { attempts } of series) {
    const below = levels.at(-1)!;
    levels.push(below.map((level, bucket) => level + (attempts[bucket] ?? 0)));
  }
  return levels;
}

function describeRequests(series: readonly EndpointSeries[]): string {
  const total = sum(series.flatMap(({ attempts }) => attempts));
  const shares = series.map(
    ({ label, isFaulty, attempts }) => `${label}${isFaulty ? " (faulty)" : ""} ${formatRatio(sum(attempts) / total)}`,
  );
  return total === 0 ? "No requests." : `First attempts over the whole run: ${shares.join(", ")}.`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** "1,200", "0.5". */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
}
