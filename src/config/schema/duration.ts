import * as z from "zod";
import { DURATION_PATTERN, durationMs, formatDuration, parseDuration } from "../duration.ts";

interface DurationBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

const EXPECTED = 'expected a duration such as "250ms" or "1m30s"';

const bounds = z.registry<DurationBounds>();

/** Text of a duration between two others, both inclusive. */
export function duration(min: string, max: string) {
  const [minMs, maxMs] = [durationMs(min), durationMs(max)];
  return z
    .string({ error: ({ input }) => (input === undefined ? undefined : `${EXPECTED}${unitFor(input)}`) })
    .regex(DURATION_PATTERN, { error: `${EXPECTED}; units are h, m, s and ms`, abort: true })
    .refine((text) => isBetween(parseDuration(text), minMs, maxMs), {
      error: `must be from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`,
    })
    .register(bounds, { minMs, maxMs });
}

/** The range a schema made by `duration` enforces; undefined for any other schema. */
export function durationBounds(schema: z.ZodType): DurationBounds | undefined {
  return bounds.get(schema);
}

function isBetween(ms: number | null, minMs: number, maxMs: number): boolean {
  return ms !== null && ms >= minMs && ms <= maxMs;
}

function unitFor(input: unknown): string {
  return typeof input === "number" ? `; a number needs its unit: "${input}s" or "${input}ms"` : "";
}
