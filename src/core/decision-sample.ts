/**
 * A request as people can follow it: who could have taken it, who did, and what came of it. Isolates take samples only while
 * somebody looks, as many as the snapshot asks for, and send them with their next report.
 */

/** In one report. */
export const MAX_SAMPLES = 2;
/** Candidates of a sample: the likeliest. Of services with more endpoints than MAX_EXPLAINED none are listed. */
export const MAX_CANDIDATES = 16;
export const MAX_EXPLAINED = 200;
/** A longer path is cut. Queries are never in it. */
export const MAX_PATH = 128;
const MAX_ATTEMPTS = 16;
const MAX_TEXT = 256;
/** Latest kept by a monitor. */
const MAX_KEPT = 50;
/** Isolates are asked for samples so long after somebody asked for them last. */
export const ASKED_FOR_MS = 10_000;

export interface DecisionSample {
  readonly atMs: number;
  readonly route: string;
  readonly method: string;
  readonly path: string;
  /** As the isolate saw them when the request ended, the likeliest first. */
  readonly candidates: readonly SampledCandidate[];
  /** Whose answer was passed on; "" for none. */
  readonly winner: string;
  /** In order; the one that was passed on is the last. */
  readonly attempts: readonly { readonly id: string; readonly outcome: string }[];
  readonly status: number;
  /** From the request's arrival to the head of its answer. */
  readonly latencyMs: number;
}

export interface SampledCandidate {
  readonly id: string;
  readonly probability: number;
  /** The policy's; null where it has none. */
  readonly cost: number | null;
  /** "available", or why not. */
  readonly state: string;
}

export type NumberedSample = DecisionSample & { readonly n: number };

/** A monitor's. Mutable. */
export interface Samples {
  /** Epoch until which isolates are asked for some. */
  askedUntilMs: number;
  readonly kept: NumberedSample[];
}

/** Nobody looks. */
export function createSamples(): Samples {
  return { askedUntilMs: Number.NEGATIVE_INFINITY, kept: [] };
}

/** Keeps what a report brought, the latest MAX_KEPT. Numbers rise, from one life of the object to the next too. */
export function noteSamples({ kept }: Samples, samples: readonly DecisionSample[], nowMs: number): void {
  for (const sample of samples) {
    const n = Math.max((kept.at(-1)?.n ?? 0) + 1, Math.floor(nowMs) * 1_000);
    kept.push({ ...sample, n });
  }
  if (kept.length > MAX_KEPT) kept.splice(0, kept.length - MAX_KEPT);
}

/** Somebody looks: those after the number, oldest first. Isolates are asked for more. */
export function askSamples(samples: Samples, after: number, nowMs: number): readonly NumberedSample[] {
  samples.askedUntilMs = nowMs + ASKED_FOR_MS;
  return samples.kept.filter(({ n }) => n > after);
}

/** How many samples each isolate is asked for; 0: none. */
export function samplesWanted({ askedUntilMs }: Samples, nowMs: number): number {
  return nowMs < askedUntilMs ? MAX_SAMPLES : 0;
}

/** Those of a peer's samples that are some, the first MAX_SAMPLES; they are for people, and no reason to refuse a report. Never throws. */
export function checkSamples(value: unknown): readonly DecisionSample[] {
  return Array.isArray(value) ? value.slice(0, MAX_SAMPLES).flatMap((one) => sampleFrom(one) ?? []) : [];
}

function sampleFrom(value: unknown): DecisionSample | null {
  if (typeof value !== "object" || value === null) return null;
  const given = value as Partial<Record<keyof DecisionSample, unknown>>;
  const { atMs, route, method, path, winner, status, latencyMs, candidates, attempts } = given;
  if (![route, method, path, winner].every(isText) || ![atMs, status, latencyMs].every(isAmount)) return null;
  if (!Array.isArray(candidates) || candidates.length > MAX_CANDIDATES || !candidates.every(isCandidate)) return null;
  if (!Array.isArray(attempts) || attempts.length > MAX_ATTEMPTS || !attempts.every(isAttempt)) return null;
  return { atMs, route, method, path, winner, status, latencyMs, candidates, attempts } as DecisionSample;
}

function isCandidate(value: Partial<Record<keyof SampledCandidate, unknown>> | null): boolean {
  return (
    isText(value?.id) &&
    isText(value?.state) &&
    isAmount(value?.probability) &&
    (value?.cost === null || isAmount(value?.cost))
  );
}

function isAttempt(value: { readonly id?: unknown; readonly outcome?: unknown } | null): boolean {
  return isText(value?.id) && isText(value?.outcome);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.length <= MAX_TEXT;
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
