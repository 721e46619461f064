/**
 * Measurements of time, on a machine that may stand still. A share or a duration says something of the product only while
 * everything ran; on a small and busy machine all processes are put off now and then, for a second or two. So beats are
 * taken beside what is measured: requests that need nothing. When one was late by more than the claim can bear, what was
 * measured is no measurement, and is taken again. The last try counts whatever happened, so that a product that keeps even
 * beats waiting is found: of a machine that is to blame for them, Linux tells how long it kept the edge's process from going on.
 */
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "./ask.ts";
import { starvedMs } from "./starvation.ts";

const BEAT_MS = 100;
const TRIES = 3;
/** Before another try the machine is waited for: until it ran for so long, and for so long at most. */
const QUIET_MS = 2_000;
const PATIENCE_MS = 20_000;
/** Attempts time out from about here on: each takes several beats' way. */
const COLLAPSED_MS = 800;
/** Of the time that a beat took, what the machine has to have kept the edge waiting to be to blame for it. */
const BLAMED_RATIO = 0.5;
/** After a beat that was late the product may shed and eject for so long, since that is what it measured. */
const AFTERMATH_MS = 6_000;

/** An edge that beats go through. */
export type BeatenEdge = Pick<Edge, "port" | "pid">;

export interface Machine {
  /** From here on it counts how late beats are. With an edge they also go through it: its process may be put off alone. */
  begin(edge?: BeatenEdge): void;
  /** The most that a beat since then was late, ms; 0 before the first. Since: by performance.now(), default since `begin`. */
  lateMs(sinceMs?: number): number;
  /** The median time of beats through the edge that were due in [fromMs, toMs) by performance.now(), ms; NaN for none. */
  medianMs(fromMs: number, toMs: number): number;
  /** Ends this try, as its end does, when a beat since `begin` was too late. The last try goes on. */
  mustRun(): void;
  /** Whether no beat was too late. False only for a last try: claims in figures have to leave room for the machine then. */
  ran(): boolean;
  /** Whether a beat in [fromMs, toMs], by performance.now(), or so shortly before that it may still be felt, was too late. */
  wasLate(fromMs: number, toMs: number): boolean;
  /**
   * Whether a beat of the last try was later than anybody waits for, and the machine is to blame: nothing in figures can be told of
   * the product. A product that keeps beats waiting while it has a processor is judged.
   */
  collapsed(): boolean;
}

/**
 * What `measure` gives, or throws, in the first of three tries in which no beat between `begin` and its end was later than
 * `bearableMs`, or else in the last. Each try starts anew whatever its claims depend on.
 */
export async function steadily<T>(bearableMs: number, measure: (machine: Machine) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    const { machine, stop } = startBeats(bearableMs, tried === TRIES);
    try {
      const measured = await measure(machine);
      machine.mustRun();
      if (machine.collapsed()) console.warn(`${TRIES} tries, and the machine never ran: figures are not judged`);
      return measured;
    } catch (error) {
      if (tried === TRIES || machine.ran()) throw error;
      const late = machine.lateMs().toFixed(0);
      console.log(`the machine stood still for ${late} ms: measured again, ${TRIES - tried} left`);
    } finally {
      stop();
    }
    await untilQuiet(bearableMs / 2);
  }
}

/** Resolves when the machine ran for a while, or cannot be waited for any longer. */
async function untilQuiet(bearableMs: number): Promise<void> {
  const { machine, stop } = startBeats(bearableMs, true);
  const givenUpAt = performance.now() + PATIENCE_MS;
  do {
    machine.begin();
    await new Promise((wake) => setTimeout(wake, QUIET_MS));
  } while (!machine.ran() && performance.now() < givenUpAt);
  stop();
}

interface Beat {
  readonly dueMs: number;
  readonly isAsked: boolean;
  /** NaN while it is on its way. */
  tookMs: number;
  /** How long the machine kept this process and the edge's from going on meanwhile; Infinity where nobody tells. */
  starvedMs: () => number;
}

function startBeats(bearableMs: number, isLast: boolean): { machine: Machine; stop: () => void } {
  const beats: Beat[] = [];
  let edge: BeatenEdge | undefined;
  let beganMs = performance.now();
  let lastMs = beganMs;
  let ownLateMs = 0;
  let endedMs = Number.NaN;
  const nowOrEnd = () => (Number.isNaN(endedMs) ? performance.now() : endedMs);
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const tookMs = nowMs - lastMs - BEAT_MS;
    beats.push({ dueMs: lastMs, isAsked: false, tookMs, starvedMs: () => tookMs });
    ownLateMs += Math.max(0, tookMs);
    lastMs = nowMs;
    if (edge !== undefined) beats.push(askedBeat(edge, nowMs));
  }, BEAT_MS);
  const askedBeat = (asked: BeatenEdge, dueMs: number): Beat => {
    const sumMs = () => starvedMs(asked.pid) + ownLateMs;
    const before = sumMs();
    const sinceMs = () => (Number.isFinite(before) ? sumMs() - before : before);
    const beat: Beat = { dueMs, isAsked: true, tookMs: Number.NaN, starvedMs: sinceMs };
    const end = () => {
      const starved = sinceMs();
      beat.tookMs = performance.now() - dueMs;
      beat.starvedMs = () => starved;
    };
    ask(asked, "/.heddle/ready").then(end, end);
    return beat;
  };
  const tookMs = (beat: Beat, nowMs: number) => (Number.isNaN(beat.tookMs) ? nowMs - beat.dueMs : beat.tookMs);
  const isBlamed = (beat: Beat, nowMs: number) => beat.starvedMs() >= BLAMED_RATIO * tookMs(beat, nowMs);
  const lateness = (sinceMs: number, counts: (beat: Beat, nowMs: number) => boolean) => {
    const nowMs = nowOrEnd();
    const late = beats
      .filter((beat) => beat.dueMs >= sinceMs && counts(beat, nowMs))
      .map((beat) => tookMs(beat, nowMs));
    return Math.max(0, nowMs - lastMs - BEAT_MS, ...late);
  };
  const lateMs = (sinceMs = beganMs) => lateness(sinceMs, () => true);
  const machine: Machine = {
    begin(asked) {
      edge = asked;
      beganMs = performance.now();
      lastMs = beganMs;
    },
    lateMs,
    medianMs(fromMs, toMs) {
      const took = beats
        .filter(({ dueMs, isAsked, tookMs }) => isAsked && dueMs >= fromMs && dueMs < toMs && !Number.isNaN(tookMs))
        .map(({ tookMs }) => tookMs)
        .sort((a, b) => a - b);
      return took[took.length >> 1] ?? Number.NaN;
    },
    ran: () => lateMs() <= bearableMs,
    wasLate(fromMs, toMs) {
      const nowMs = nowOrEnd();
      return beats.some((beat) => {
        const took = tookMs(beat, nowMs);
        return took > bearableMs && beat.dueMs <= toMs && beat.dueMs + took >= fromMs - AFTERMATH_MS;
      });
    },
    collapsed: () => lateness(beganMs, isBlamed) > Math.max(bearableMs, COLLAPSED_MS),
    mustRun() {
      const late = lateMs();
      if (late > bearableMs && !isLast) throw new Error(`the machine stood still for ${late.toFixed(0)} ms`);
    },
  };
  const stop = () => {
    endedMs = performance.now();
    clearInterval(timer);
  };
  return { machine, stop };
}
