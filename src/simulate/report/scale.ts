/** Axes: round numbers for people, and where they stand. */

export interface Scale {
  readonly max: number;
  readonly ticks: readonly number[];
  /** 0 at the bottom of the axis, 1 at its top; clamped. */
  readonly at: (value: number) => number;
}

/** From 0 to a round number not below `top`, with about `count` ticks. A `top` of 0 or NaN gives 0 to 1. */
export function linearScale(top: number, count = 4): Scale {
  const step = roundStep((top > 0 ? top : 1) / count);
  const steps = Math.max(1, Math.ceil((top > 0 ? top : 1) / step - 1e-9));
  const max = step * steps;
  const ticks = Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
  return { max, ticks, at: (value) => clamp(value / max) };
}

/** From a power of ten, or two or five times one, not above `bottom` to one not below `top`. Both > 0. */
export function logScale(bottom: number, top: number): Scale {
  const min = roundDown(bottom);
  const max = Math.max(min * 10, roundUp(top));
  const decades = Math.log10(max / min);
  const multiples = decades > 2.5 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(min)); 10 ** power <= max * 1.001; power++) {
    for (const multiple of multiples) {
      const tick = Number((multiple * 10 ** power).toPrecision(6));
      if (tick >= min * 0.999 && tick <= max * 1.001) ticks.push(tick);
    }
  }
  return { max, ticks, at: (value) => clamp(Math.log10(Math.max(value, min) / min) / decades) };
}

/** Moments for a time axis: multiples of a usual number of seconds, about five of them, from 0. */
export function timeTicks(durationMs: number): number[] {
  const step = STEPS_S.find((seconds) => durationMs / (seconds * 1_000) <= 6) ?? STEPS_S.at(-1)!;
  const ticks: number[] = [];
  for (let atMs = 0; atMs <= durationMs; atMs += step * 1_000) ticks.push(atMs);
  return ticks;
}

/** "0s", "45s", "1m30s", "2h". */
export function formatMoment(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 1 : 0))}s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  const text = `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${rest > 0 ? `${rest}s` : ""}`;
  return text;
}

const STEPS_S = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const multiple = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= step * (1 - 1e-9))!;
  return multiple * power;
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([5, 2].find((multiple) => multiple * power <= value) ?? 1) * power;
}

function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((multiple) => multiple * power >= value * (1 - 1e-9)) ?? 10) * power;
}

function clamp(ratio: number): number {
  return Math.min(1, Math.max(0, ratio));
}
