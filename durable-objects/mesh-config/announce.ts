/** Tells subscribers of the mesh in force. Nothing is lost when it fails: they are told again, and ask by themselves. */
import { within } from "../service-monitor/within.ts";
import { inParallel } from "./in-parallel.ts";

/** A monitor has so long to answer; it is told again with the next round. */
const ANSWER_MS = 3_000;
/** Told at once. An object answers in milliseconds: 5,000 of them take a second or two. */
const PARALLEL = 128;

export interface Announcement {
  /** Names of those to tell. */
  readonly monitors: readonly string[];
  /** Tells one; false, or a rejection: it has not heard. */
  readonly tell: (monitor: string) => Promise<boolean>;
  /** Whether another version is in force by now: the rest need not hear of this one. */
  readonly isOver: () => boolean;
  /** Called with those that have heard, some at a time. */
  readonly onHeard: (monitors: readonly string[]) => void;
}

/** Between two calls of `onHeard`: those told in between are told again after a kill, which does no harm. */
const NOTE_EVERY = 256;

/** Tells everybody once. Returns how many have not heard. Never rejects. */
export async function announce({ monitors, tell, isOver, onHeard }: Announcement): Promise<number> {
  let missed = 0;
  let heard: string[] = [];
  await inParallel(monitors, PARALLEL, async (monitor) => {
    if (isOver()) return;
    try {
      if (!(await within(tell(monitor), ANSWER_MS))) throw new Error("refused");
      heard.push(monitor);
      if (heard.length < NOTE_EVERY) return;
      onHeard(heard);
      heard = [];
    } catch {
      missed += 1;
    }
  });
  if (!isOver() && heard.length > 0) onHeard(heard);
  return missed;
}
