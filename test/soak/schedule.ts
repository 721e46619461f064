/**
 * What goes wrong in a soak, and when: the same seed and length give the same schedule. Pure.
 *
 * At most one origin of four has a fault that loses requests, and one more may be slow, so that there is always somebody
 * to carry the traffic: all endpoints faulty at once says nothing about a mesh. Everything is well for the first seconds and
 * the last `SETTLE_MS`, in which breakers have to close and shares to come back.
 */
import type { Fault } from "../../src/cli/origin/fault.ts";
import { type Rng, seededRng } from "../../src/core/rng.ts";

export const CALM_MS = 6_000;
/** Longest ejection 10 s, three probes, slow start 10 s, and some. */
export const SETTLE_MS = 25_000;

export type SoakEvent = { readonly atMs: number } & (
  | { readonly kind: "fault"; readonly origin: number; readonly fault: Fault }
  | { readonly kind: "heal"; readonly origin: number }
  /** The object loses its memory. */
  | { readonly kind: "abort"; readonly object: string }
  /** It answers no other object, and does again. */
  | { readonly kind: "cut" | "join"; readonly object: string }
  /** The other of two meshes comes into force. */
  | { readonly kind: "reload"; readonly mesh: number }
);

const HARD: readonly ((rng: Rng) => Fault)[] = [
  () => ({ refuse: true }),
  () => ({ hang: true }),
  () => ({ status: 500 }),
  () => ({ reset: true }),
  (rng) => ({ errorRatio: 0.1 + 0.5 * rng() }),
  (rng) => ({ flapMs: 500 + Math.floor(2_500 * rng()) }),
  (rng) => ({ flapMs: 500 + Math.floor(2_500 * rng()), status: 503 }),
];
const SOFT: readonly ((rng: Rng) => Fault)[] = [
  (rng) => ({ slowFactor: 3 + Math.floor(8 * rng()) }),
  (rng) => ({ latencyMs: 50 + Math.floor(250 * rng()) }),
  (rng) => ({ capacityPerSecond: 10 + Math.floor(20 * rng()) }),
];

/** The events in the order of their time. `objects`: what may lose its memory; of those, `cuttable` may be cut off. */
export function planSoak(input: {
  readonly seed: number;
  readonly seconds: number;
  readonly origins: number;
  readonly objects: readonly string[];
  readonly cuttable: readonly string[];
}): SoakEvent[] {
  const { seed, origins, objects, cuttable } = input;
  const rng = seededRng(seed);
  const endMs = Math.max(CALM_MS, input.seconds * 1_000 - SETTLE_MS);
  const between = (from: number, to: number) => Math.floor(from + (to - from) * rng());
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(rng() * list.length)]!;
  const events: SoakEvent[] = [];
  const hard = spans(between, [3_000, 12_000], [1_000, 8_000], endMs);
  for (const { fromMs, toMs } of hard) {
    const origin = Math.floor(rng() * origins);
    events.push({ atMs: fromMs, kind: "fault", origin, fault: oneOf(HARD)(rng) });
    events.push({ atMs: toMs, kind: "heal", origin });
  }
  // Soft ones only where no hard one of the same origin is in force: a fault replaces the one before it.
  for (const { fromMs, toMs } of spans(between, [4_000, 15_000], [4_000, 15_000], endMs)) {
    const taken = new Set<number>();
    for (const event of events) {
      if (event.kind !== "fault") continue;
      const healed = events.find(({ atMs, kind }) => kind === "heal" && atMs >= event.atMs)!;
      if (event.atMs <= toMs && healed.atMs >= fromMs) taken.add(event.origin);
    }
    const free = Array.from({ length: origins }, (_, origin) => origin).filter((origin) => !taken.has(origin));
    if (free.length < 2) continue;
    const origin = oneOf(free);
    events.push({ atMs: fromMs, kind: "fault", origin, fault: oneOf(SOFT)(rng) });
    events.push({ atMs: toMs, kind: "heal", origin });
  }
  for (let atMs = CALM_MS; atMs < endMs; atMs += between(3_000, 9_000)) {
    events.push({ atMs, kind: "abort", object: oneOf(objects) });
  }
  for (const { fromMs, toMs } of spans(between, [2_000, 12_000], [10_000, 30_000], endMs)) {
    const object = oneOf(cuttable);
    events.push({ atMs: fromMs, kind: "cut", object });
    events.push({ atMs: toMs, kind: "join", object });
  }
  let mesh = 0;
  for (let atMs = CALM_MS + between(2_000, 8_000); atMs < endMs; atMs += between(8_000, 25_000)) {
    mesh = 1 - mesh;
    events.push({ atMs, kind: "reload", mesh });
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

/** Spans one after the other within the faulty part of the run. */
function spans(
  between: (from: number, to: number) => number,
  length: readonly [number, number],
  pause: readonly [number, number],
  endMs: number,
): { fromMs: number; toMs: number }[] {
  const list: { fromMs: number; toMs: number }[] = [];
  let atMs = CALM_MS;
  for (;;) {
    const fromMs = atMs + between(...pause);
    const toMs = fromMs + between(...length);
    if (toMs > endMs) return list;
    list.push({ fromMs, toMs });
    atMs = toMs;
  }
}

/** Whether an origin has, or had until `graceMs` ago, a fault of which `is` says so. */
export function wasFaulty(
  events: readonly SoakEvent[],
  origin: number,
  span: { readonly fromMs: number; readonly toMs: number; readonly graceMs: number },
  is: (fault: Fault) => boolean = () => true,
): boolean {
  let since: number | null = null;
  for (const event of events) {
    if (!("origin" in event) || event.origin !== origin) continue;
    if (event.kind === "fault") since = is(event.fault) ? event.atMs : null;
    else if (since !== null) {
      if (since <= span.toMs && event.atMs + span.graceMs >= span.fromMs) return true;
      since = null;
    }
  }
  return since !== null && since <= span.toMs;
}
