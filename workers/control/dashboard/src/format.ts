/** Numbers and times as people read them. Every function takes what may be missing, and says "–" then. */

const NONE = "–";

export function rate(rps: number | null | undefined): string {
  if (rps == null || !Number.isFinite(rps)) return NONE;
  if (rps >= 100_000) return `${Math.round(rps / 1_000)}k`;
  if (rps >= 10_000) return `${(rps / 1_000).toFixed(1)}k`;
  if (rps >= 100) return Math.round(rps).toLocaleString("en");
  if (rps >= 10) return rps.toFixed(0);
  return rps === 0 ? "0" : rps.toFixed(1);
}

export function percent(ratio: number | null | undefined): string {
  if (ratio == null || !Number.isFinite(ratio)) return NONE;
  const value = ratio * 100;
  if (value === 100 || value === 0) return `${value}%`;
  // Never rounded up to perfect: 99.996 % is not 100 %.
  if (value > 99.9) return `${(Math.floor(value * 100) / 100).toFixed(2)}%`;
  if (value > 99) return `${(Math.floor(value * 10) / 10).toFixed(1)}%`;
  return value >= 10 ? `${Math.round(value)}%` : `${value.toFixed(1)}%`;
}

export function ms(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NONE;
  if (value >= 10_000) return `${(value / 1_000).toFixed(0)} s`;
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)} s`;
  return value >= 10 || value === 0 ? `${Math.round(value)} ms` : `${value.toFixed(1)} ms`;
}

/** "4 s", "12 min", "3 h", "5 d". */
export function span(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1_000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

export function ago(atMs: number, nowMs: number): string {
  return nowMs - atMs < 2_000 ? "just now" : `${span(nowMs - atMs)} ago`;
}

export function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString("en-GB");
}

export function dateTime(atMs: number): string {
  return new Date(atMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

export function bytes(count: number): string {
  return count < 1_000
    ? `${count} B`
    : count < 1_000_000
      ? `${(count / 1_000).toFixed(1)} kB`
      : `${(count / 1e6).toFixed(1)} MB`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
