/**
 * How long this machine stood still, as this process saw it: on a crowded one a process may get no processor for a second or
 * two, and what a clock says of that time is said of the machine and not of what is tested. Less than `LATE_MS` at a time is
 * everyday business and not counted.
 */
export interface Standstill {
  /** Of all times since the start, ms together. */
  lostMs(): number;
  /** Of the longest time. */
  longestMs(): number;
  stop(): void;
}

const EVERY_MS = 20;
const LATE_MS = 50;

/** Watches from now on, and does not keep the process. */
export function watchStandstill(): Standstill {
  let dueAt = performance.now() + EVERY_MS;
  let [lost, longest] = [0, 0];
  const look = () => {
    const now = performance.now();
    const late = now - dueAt;
    if (late > LATE_MS) {
      lost += late;
      longest = Math.max(longest, late);
    }
    dueAt = now + EVERY_MS;
  };
  const timer = setInterval(look, EVERY_MS).unref();
  const looked =
    <T>(read: () => T) =>
    () => {
      look();
      return read();
    };
  return {
    lostMs: looked(() => lost),
    longestMs: looked(() => longest),
    stop: () => clearInterval(timer),
  };
}
