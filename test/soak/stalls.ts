/**
 * When this machine could not keep up. Where the client or the edge is not given a processor for tens of milliseconds, every
 * origin seems to queue, and the edge rightly sheds; a run on a crowded machine must not be failed for that. A late edge that had a
 * processor is not excused: Linux tells how long it waited for one.
 */

interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
  /** The edge was late though the machine let it run: that is its own doing. */
  readonly isOwn: boolean;
}

const EVERY_MS = 10;
/** A timer of ours this late, or an answer of the edge's that needs no work, means that others had the processor. */
const CLIENT_LATE_MS = 30;
const EDGE_LATE_MS = 60;
const ASK_EVERY_MS = 200;
/** Of a late answer, what the edge has to have waited for the machine to be excused. */
const BLAMED_RATIO = 0.3;
/** Latency is forgotten over about so long, so shedding may follow a stall for so long. */
const AFTERMATH_MS = 4_000;

export interface Stalls {
  /** Whether there was a stall during the span, or so shortly before it that shedding may come of it. */
  wasWithin(fromMs: number, toMs: number): boolean;
  /** Those that the machine made. */
  count(): number;
  /** Those that the edge made by itself. */
  ownCount(): number;
  stop(): void;
}

/**
 * Watches from now on.
 *
 * - `elapsedMs`: the clock of the run.
 * - `askEdge`: asks it for something that costs it nothing.
 * - `starvedMs`: for how long the machine has kept it from going on, up to now.
 */
export function watchStalls(elapsedMs: () => number, askEdge: () => Promise<unknown>, starvedMs: () => number): Stalls {
  const stalls: Stall[] = [];
  let dueMs = elapsedMs() + EVERY_MS;
  let asking = false;
  let lateMs = 0;
  const timer = setInterval(() => {
    const atMs = elapsedMs();
    if (atMs - dueMs > CLIENT_LATE_MS) stalls.push({ fromMs: dueMs, toMs: atMs, isOwn: false });
    lateMs += Math.max(0, atMs - dueMs);
    dueMs = atMs + EVERY_MS;
  }, EVERY_MS);
  const asker = setInterval(() => {
    if (asking) return;
    asking = true;
    const fromMs = elapsedMs();
    const before = starvedMs() + lateMs;
    const onAnswer = () => {
      asking = false;
      const toMs = elapsedMs();
      if (toMs - fromMs <= EDGE_LATE_MS) return;
      // Not a number where nobody tells: nothing is the edge's own then.
      const isOwn = starvedMs() + lateMs - before < BLAMED_RATIO * (toMs - fromMs);
      stalls.push({ fromMs, toMs, isOwn });
    };
    askEdge().then(onAnswer, onAnswer);
  }, ASK_EVERY_MS);
  return {
    wasWithin: (fromMs, toMs) => stalls.some((stall) => stall.toMs >= fromMs - AFTERMATH_MS && stall.fromMs <= toMs),
    count: () => stalls.filter(({ isOwn }) => !isOwn).length,
    ownCount: () => stalls.filter(({ isOwn }) => isOwn).length,
    stop() {
      clearInterval(timer);
      clearInterval(asker);
    },
  };
}
