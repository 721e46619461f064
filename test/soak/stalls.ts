/**
 * When this machine could not keep up. Where the client itself is not given a processor for tens of milliseconds, neither
 * is the edge; it then sees every origin queue, and rightly sheds.
 */

interface Stall {
  readonly atMs: number;
  readonly lateMs: number;
}

const EVERY_MS = 10;
/** A timer this late means that others had the processor. */
const LATE_MS = 30;
/** Latency is forgotten over about so long, so shedding may follow a stall for so long. */
const AFTERMATH_MS = 4_000;

export interface Stalls {
  /** Whether there was a stall so shortly before `atMs` that shedding may come of it. */
  wasAt(atMs: number): boolean;
  count(): number;
  stop(): void;
}

/** Watches from now on. `elapsedMs`: the clock of the run. */
export function watchStalls(elapsedMs: () => number): Stalls {
  const stalls: Stall[] = [];
  let dueMs = elapsedMs() + EVERY_MS;
  const timer = setInterval(() => {
    const atMs = elapsedMs();
    if (atMs - dueMs > LATE_MS) stalls.push({ atMs, lateMs: atMs - dueMs });
    dueMs = atMs + EVERY_MS;
  }, EVERY_MS);
  return {
    wasAt: (atMs) => stalls.some((stall) => stall.atMs >= atMs - AFTERMATH_MS && stall.atMs - stall.lateMs <= atMs),
    count: () => stalls.length,
    stop: () => clearInterval(timer),
  };
}
