/**
 * Chance by number instead of by order: draw `n` of a stream is a hash of (seed, stream, n, k). What happens to request
 * 1,000,000 does not depend on what was done to the ones before it, so under one seed every policy meets the same arrivals,
 * the same demands and the same jitter, and a difference between two runs is a difference between the policies.
 *
 * Source: common random numbers, Law, "Simulation Modeling and Analysis", ch. 11; the mixing is MurmurHash3's finaliser
 * (Appleby, public domain).
 */
import { type Rng, seededRng } from "../../core/rng.ts";

/** What chance is drawn for. Each is a sequence of its own. */
export const STREAM = {
  gap: 1,
  region: 2,
  isolate: 3,
  kind: 4,
  caller: 5,
  demand: 6,
  demandAngle: 7,
  error: 8,
  jitter: 9,
  lifetime: 10,
  brain: 11,
  plane: 12,
  antagonist: 13,
  repeat: 14,
} as const;

export type Stream = (typeof STREAM)[keyof typeof STREAM];

/**
 * Uniform in (0, 1), never 0 nor 1.
 *
 * - `number`: 0..2^32 − 1; `draw`: a small number for several draws of one thing.
 *
 * Constant time, allocates nothing.
 */
export function chanceAt(seed: number, stream: Stream, number: number, draw = 0): number {
  return (hashAt(seed, stream, number, draw) + 0.5) / 4_294_967_296;
}

/** A generator of its own for a thing that draws on and on, such as a router. */
export function rngAt(seed: number, stream: Stream, number: number, draw = 0): Rng {
  return seededRng(hashAt(seed, stream, number, draw));
}

function hashAt(seed: number, stream: number, number: number, draw: number): number {
  let h = mix((seed ^ Math.imul(stream, 0x9e3779b1)) >>> 0);
  h = mix(h ^ Math.imul(number >>> 0, 0x85ebca77));
  return mix(h ^ Math.imul(draw + 1, 0xc2b2ae3d));
}

function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
