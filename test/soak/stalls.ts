/**
 * When this machine could not keep up. Where the client or the edge is not given a processor for tens of milliseconds, every
 * origin seems to queue, and the edge rightly sheds; a run on a crowded machine must not be failed for that.
 */

interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
}

const EVERY_MS = 10;
/** A timer of ours this late, or an answer of the edge's that needs no work, means that others had the processor. */
const CLIENT_LATE_MS = 30;
const EDGE_LATE_MS = 60;
const ASK_EVERY_MS = 200;
/** Latency is forgotten over about so long, so shedding may follow a stall for so long. */
const AFTERMATH_MS = 4_000;

export interface Stalls {
  /** Whether there was a stall during the span, or so shortly before it that shedding may come of it. */
  wasWithin(fromMs: number, toMs: number): boolean;
  count(): number;
  stop(): void;
}

/**
 * Watches from now on.
 *
 * - `elapsedMs`: the clock of the run.
 * - `askEdge`: asks it for something that costs it nothing.
 */
export function watchStalls(elapsedMs: () => number, askEdge: () => Promise<unknown>): Stalls {
  const stalls: Stall[] = [];
  let dueMs = elapsedMs() + EVERY_MS;
  let asking = false;
  const timer = setInterval(() => {
    const atMs = elapsedMs();
    if (atMs - dueMs > CLIENT_LATE_MS) stalls.push({ fromMs: dueMs, toMs: atMs });
    dueMs = atMs + EVERY_MS;
  }, EVERY_MS);
  const asker = setInterval(() => {
    if (asking) return;
    asking = true;
    const fromMs = elapsedMs();
    const onAnswer = () => {
      asking = false;
      if (elapsedMs() - fromMs > EDGE_LATE_MS) stalls.push({ fromMs, toMs: elapsedMs() });
    };
    askEdge().then(onAnswer, onAnswer);
  }, ASK_EVERY_MS);
  return {
    wasWithin: (fromMs, toMs) => stalls.some((stall) => stall.toMs >= fromMs - AFTERMATH_MS && stall.fromMs <= toMs),
    count: () => stalls.length,
    stop() {
      clearInterval(timer);
      clearInterval(asker);
    },
  };
}
