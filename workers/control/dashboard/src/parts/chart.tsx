/** Lines over time, by uPlot. Colours are those of the page; the legend is ours, and says the values under the pointer. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { isDark } from "../theme.ts";

export interface Line {
  readonly key: string;
  readonly label: string;
  /** Of the series colours, or of a tone: "--series-1", "--good". */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
  /** Filled down to the line before; a range is read together with it. */
  readonly band?: boolean | "range";
  /** Filled down to the axis. */
  readonly area?: boolean;
  /** No line of its own: the edge of a band. */
  readonly hidden?: boolean;
  /** Not in the legend. */
  readonly quiet?: boolean;
}

export interface ChartProps {
  readonly title: string;
  readonly atMs: readonly number[];
  readonly lines: readonly Line[];
  readonly show: (value: number | null) => string;
  /** What is read while nothing is pointed at: now is the last value of what was, and the first of what is expected. */
  readonly reads?: "first" | "last";
  /** Of the vertical axis; default from 0 to what fits. */
  readonly range?: (min: number, max: number) => readonly [number, number];
}

const HEIGHT = 168;

export function Chart({ title, atMs, lines, show, reads = "last", range }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const dark = isDark.value;
  const shape = lines.map(({ key, colour }) => `${key}${colour}`).join("|");
  const data = [atMs.map((ms) => ms / 1_000), ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;

  // New lines or other colours make another chart; new values do not.
  useEffect(() => {
    const element = box.current!;
    const made = new uPlot(optionsOf(element, lines, show, range, setAt), latest.current, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, dark]);
  useEffect(() => plot.current?.setData(latest.current), [atMs, lines]);

  const now = reads === "first" ? 0 : atMs.length - 1;
  const read = (line: Line, row: number) => {
    const value = show(line.values[row] ?? null);
    const below = line.band === "range" ? lines[lines.indexOf(line) - 1] : undefined;
    return below === undefined ? value : `${show(below.values[row] ?? null)} – ${value}`;
  };
  const shown = lines.filter(({ quiet }) => quiet !== true);
  const said = shown.map((line) => `${line.label} ${read(line, now)}`).join(", ");
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="legend">
          {shown.map((line) => (
            <span key={line.key} class="legend-item">
              <i style={{ background: `var(${line.colour})` }} />
              {line.label} <b>{read(line, at ?? now)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div class="plot" ref={box} role="img" aria-label={`${title}. Now: ${said}`} />
    </figure>
  );
}

function optionsOf(
  element: HTMLElement,
  lines: readonly Line[],
  show: ChartProps["show"],
  range: ChartProps["range"],
  onPointer: (row: number | null) => void,
): uPlot.Options {
  const styles = getComputedStyle(element);
  const colour = (name: string) => styles.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--soft"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "11px Inter Variable, system-ui, sans-serif",
  };
  return {
    width: Math.max(120, element.clientWidth),
    height: HEIGHT,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false }, y: false },
    scales: {
      x: { time: true },
      y: { range: (_, min, max) => [...(range ?? fromZero)(min ?? 0, max ?? 1)] as uPlot.Range.MinMax },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 70, size: 28, values: (_, ticks) => timesOf(ticks) },
      { ...axis, size: 54, space: 36, values: (_, ticks) => ticks.map((tick) => show(tick)) },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => {
        const stroke = colour(line.colour);
        return {
          label: line.label,
          stroke,
          width: line.hidden === true ? 0 : 1.75,
          points: { show: false },
          spanGaps: false,
          ...(line.dashed === true && { dash: [5, 4] }),
          ...(line.area === true && { fill: translucent(stroke, 0.12) }),
        };
      }),
    ],
    bands: lines.flatMap((line, i) =>
      line.band ? [{ series: [i + 1, i] as [number, number], fill: translucent(colour(line.colour), 0.16) }] : [],
    ),
    hooks: { setCursor: [(plot) => onPointer(plot.cursor.idx ?? null)] },
  };
}

function fromZero(_min: number, max: number): readonly [number, number] {
  return [0, max > 0 ? max * 1.15 : 1];
}

const DAY_S = 86_400;

/** Of days, when they begin; of less, the time of day. */
function timesOf(ticks: readonly number[]): string[] {
  const isOfDays = ticks.length > 1 && ticks[1]! - ticks[0]! >= DAY_S;
  const dayOf = (seconds: number) =>
    new Date(seconds * 1_000).toLocaleDateString("en-GB", { weekday: "short", day: "numeric" });
  return ticks.map(isOfDays ? dayOf : timeOf);
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  const two = (part: number) => String(part).padStart(2, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return date.getSeconds() === 0 ? clock : `${clock}:${two(date.getSeconds())}`;
}

/** - `hex`: as in our styles, #rrggbb. */
function translucent(hex: string, alpha: number): string {
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}
