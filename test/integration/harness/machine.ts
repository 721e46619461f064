/**
 * Measurements of time, on a machine that may stand still. A share or a duration says something of the product only while
 * everything ran; on a small and busy machine all processes are put off now and then, for a second or two. So beats are
 * taken beside what is measured: requests that need nothing. When one was late by more than the claim can bear, what was
 * measured is no measurement, and is taken again. The last try counts whatever happened, so that a product that keeps even
 * beats waiting is found.
 */
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "./ask.ts";

const BEAT_MS = 100;
const TRIES = 3;
/** Before another try the machine is waited for: until it ran for so long, and for so long at most. */
const QUIET_MS = 2_000;
const PATIENCE_MS = 20_000;
/** Attempts time out from about here on: each takes several beats' way. */
const COLLAPSED_MS = 800;

export interface Machine {
  /** From here on it counts how late beats are. With an edge they also go through it: its process may be put off alone. */
  begin(edge?: Pick<Edge, "port">): void;
  /** The most that a beat since then was late, ms; 0 before the first. Since: by performance.now(), default since `begin`. */
  lateMs(sinceMs?: number): number;
  /** The median time of beats through the edge that were due in [fromMs, toMs) by performance.now(), ms; NaN for none. */
  medianMs(fromMs: number, toMs: number): number;
  /** Ends this try, as its end does, when a beat since `begin` was too late. The last try goes on. */
  mustRun(): void;
  /** Whether no beat was too late. False only for a last try: claims in figures have to leave room for the machine then. */
  ran(): boolean;
  /** Whether a beat of the last try was later than anybody waits for: nothing in figures can be told of the product. */
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
}

function startBeats(bearableMs: number, isLast: boolean): { machine: Machine; stop: () => void } {
  const beats: Beat[] = [];
  let edge: Pick<Edge, "port"> | undefined;
  let beganMs = performance.now();
  let lastMs = beganMs;
  let endedMs = Number.NaN;
  const nowOrEnd = () => (Number.isNaN(endedMs) ? performance.now() : endedMs);
  const timer = setInterval(() => {
    const nowMs = performance.now();
    beats.push({ dueMs: lastMs, isAsked: false, tookMs: nowMs - lastMs - BEAT_MS });
    lastMs = nowMs;
    if (edge === undefined) return;
    const beat: Beat = { dueMs: nowMs, isAsked: true, tookMs: Number.NaN };
    beats.push(beat);
    const end = () => {
      beat.tookMs = performance.now() - nowMs;
    };
    ask(edge, "/.heddle/ready").then(end, end);
  }, BEAT_MS);
  const lateMs = (sinceMs = beganMs) => {
    const nowMs = nowOrEnd();
    const late = beats
      .filter(({ dueMs }) => dueMs >= sinceMs)
      .map(({ dueMs, tookMs }) => (Number.isNaN(tookMs) ? nowMs - dueMs : tookMs));
    return Math.max(0, nowMs - lastMs - BEAT_MS, ...late);
  };
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
    collapsed: () => lateMs() > Math.max(bearableMs, COLLAPSED_MS),
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
