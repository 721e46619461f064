/**
 * The frame that all charts of a run share: the same width stands for the same time, faults are shaded, moments are
 * marked below. Widths are shares of whatever the page has, heights are CSS pixels, so that text keeps its size on any
 * screen; only what is drawn inside `stretched` is stretched.
 */
import type { ScheduledFault } from "../scenario.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { formatMoment, type Scale, timeTicks } from "./scale.ts";

export interface ChartFrame {
  /** Unique in the page, for what refers to it. */
  readonly id: string;
  readonly durationMs: number;
  readonly faults: readonly ScheduledFault[];
}

export interface ChartInput {
  readonly frame: ChartFrame;
  /** Distinguishes the charts of a frame. */
  readonly key: string;
  readonly title: string;
  /** For those who cannot see it: what it shows, in a sentence. */
  readonly description: string;
  readonly heightPx: number;
  /** Null for charts without values, such as lanes. */
  readonly axis: { readonly scale: Scale; readonly format: (value: number) => string } | null;
  readonly legend: readonly LegendEntry[];
  /** Drawn over the grid: `stretched` shapes, or ones that place themselves by `percentOf`. */
  readonly body: readonly Markup[];
}

export interface LegendEntry {
  /** Class that gives the colour. */
  readonly colour: string;
  readonly label: string;
  readonly isFaulty?: boolean;
  /** Column of the embedded data whose value at the pointer is shown; none for entries that only explain a colour. */
  readonly column?: string;
}

/** Width of the coordinates inside `stretched`. */
export const WIDTH = 1_000;
const BELOW_PX = 20;

export function chart({ frame, key, title, description, heightPx, axis, legend, body }: ChartInput): Markup {
  const id = `${frame.id}-${key}`;
  const ticks = timeTicks(frame.durationMs);
  return html`<figure class="chart" data-chart>
<figcaption><h4>${title}</h4><ul class="legend">${legend.map(legendEntry)}</ul></figcaption>
<div class="plot${trusted(axis === null ? " lanes" : "")}">${axis === null ? null : valueAxis(axis, heightPx)}
<svg class="view" width="100%" height="${heightPx + BELOW_PX}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
${frame.faults.map((fault) => faultShade(fault, frame, heightPx))}
${axis === null ? null : axis.scale.ticks.map((tick) => gridLine(heightPx * (1 - axis.scale.at(tick))))}
${body}
<line class="base" x1="0" x2="100%" y1="${heightPx}" y2="${heightPx}"/>
${ticks.map((atMs) => moment(atMs, frame, heightPx))}
<line class="cursor" x1="0" x2="0" y1="0" y2="${heightPx}"/>
</svg></div></figure>`;
}

/** Shapes in coordinates of `WIDTH` by the height of the chart, stretched to the width there is. */
export function stretched(heightPx: number, shapes: readonly Markup[]): Markup {
  return html`<svg class="stretched" width="100%" height="${heightPx}" viewBox="0 0 ${WIDTH} ${heightPx}" preserveAspectRatio="none">${shapes}</svg>`;
}

/** Where a moment stands, as a share of the width: "12.5%". */
export function percentOf(atMs: number, durationMs: number): string {
  return `${decimals(Math.min(100, Math.max(0, (atMs / durationMs) * 100)), 2)}%`;
}

/** Path of a line through points; NaN leaves a gap. */
export function linePath(points: readonly (readonly [x: number, y: number])[]): Markup {
  let path = "";
  let isPenUp = true;
  for (const [x, y] of points) {
    if (Number.isNaN(y)) {
      isPenUp = true;
      continue;
    }
    path += `${isPenUp ? "M" : "L"}${decimals(x, 1)} ${decimals(y, 1)}`;
    isPenUp = false;
  }
  return trusted(path);
}

/** Path of the area between two lines of equal length; points where either is NaN are left out. */
export function bandPath(
  upper: readonly (readonly [x: number, y: number])[],
  lower: readonly (readonly [x: number, y: number])[],
): Markup {
  const known = upper.flatMap((point, index) =>
    Number.isNaN(point[1]) || Number.isNaN(lower[index]![1]) ? [] : [[point, lower[index]!] as const],
  );
  if (known.length === 0) return trusted("");
  const { markup } = linePath([...known.map(([point]) => point), ...known.map(([, point]) => point).reverse()]);
  return trusted(`${markup}Z`);
}

/** The middle of each bucket in coordinates of `WIDTH`. */
export function bucketMiddles(atMs: readonly number[], bucketMs: number, durationMs: number): number[] {
  return atMs.map((start) => (Math.min(durationMs, start + bucketMs / 2) / durationMs) * WIDTH);
}

function decimals(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function legendEntry({ colour, label, isFaulty, column }: LegendEntry): Markup {
  const value = column === undefined ? null : html` <output data-column="${column}"></output>`;
  return html`<li><i class="${colour}"></i>${label}${isFaulty ? html`<em title="hit by a fault">faulty</em>` : null}${value}</li>`;
}

function valueAxis({ scale, format }: NonNullable<ChartInput["axis"]>, heightPx: number): Markup {
  const labels = scale.ticks.map((tick) => {
    const y = decimals(heightPx * (1 - scale.at(tick)), 1);
    return html`<text x="100%" dx="-6" y="${Math.max(9, y + 3)}" text-anchor="end">${format(tick)}</text>`;
  });
  return html`<svg class="axis" aria-hidden="true" width="100%" height="${heightPx + BELOW_PX}">${labels}</svg>`;
}

function gridLine(y: number): Markup {
  return html`<line class="grid" x1="0" x2="100%" y1="${decimals(y, 1)}" y2="${decimals(y, 1)}"/>`;
}

function faultShade({ atMs, forMs }: ScheduledFault, { durationMs }: ChartFrame, heightPx: number): Markup {
  const width = percentOf(Math.min(durationMs, atMs + forMs) - Math.min(durationMs, atMs), durationMs);
  return html`<rect class="shade" x="${percentOf(atMs, durationMs)}" y="0" width="${width}" height="${heightPx}"/>`;
}

function moment(atMs: number, { durationMs }: ChartFrame, heightPx: number): Markup {
  const x = percentOf(atMs, durationMs);
  const anchor = atMs === 0 ? "start" : atMs > durationMs * 0.96 ? "end" : "middle";
  return html`<line class="tick" x1="${x}" x2="${x}" y1="${heightPx}" y2="${heightPx + 4}"/><text x="${x}" y="${heightPx + 16}" text-anchor="${anchor}">${formatMoment(atMs)}</text>`;
}
