import { durationMs } from "../duration.ts";
import type { SecretValue } from "../schema/secret-ref.ts";

/**
 * A pair of bounds of which either may have been left out. What was said holds; the default of the other gives way.
 *
 * - `defaults`: minimum and maximum when nothing was said, in ms.
 */
export function boundsMs(
  min: string | undefined,
  max: string | undefined,
  defaults: readonly [minMs: number, maxMs: number],
): readonly [minMs: number, maxMs: number] {
  const saidMaxMs = max === undefined ? Number.POSITIVE_INFINITY : durationMs(max);
  const minMs = min === undefined ? Math.min(defaults[0], saidMaxMs) : durationMs(min);
  return [minMs, max === undefined ? Math.max(defaults[1], minMs) : saidMaxMs];
}

/** `base` with the fields that `over` states. A field stated as undefined is not stated. */
export function overlay<T extends object>(base: T, over: { [K in keyof T]?: T[K] | undefined } = {}): T {
  const stated = Object.entries(over).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(stated) };
}

/** Headers as pairs, names in lower case, in the order of the config. */
export function headerPairs(headers: Readonly<Record<string, string>>): (readonly [name: string, value: string])[] {
  return Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
}

type SecretPair = readonly [name: string, value: SecretValue];

/** Which of them are texts, and which are secrets by name. Names in lower case, in the order of the config. */
export function splitHeaders(headers: Iterable<readonly [name: string, value: string | SecretValue]>): {
  readonly plain: (readonly [name: string, value: string])[];
  readonly secret: SecretPair[];
} {
  const plain: (readonly [string, string])[] = [];
  const secret: SecretPair[] = [];
  for (const [name, value] of headers) {
    if (typeof value === "string") plain.push([name.toLowerCase(), value]);
    else secret.push([name.toLowerCase(), value]);
  }
  return { plain, secret };
}

/** 200, "2xx" or "200-299" as an inclusive range. */
export function statusRange(status: number | string): readonly [from: number, to: number] {
  const text = String(status);
  if (text.endsWith("xx")) return [Number(text[0]) * 100, Number(text[0]) * 100 + 99];
  const [from, to] = text.split("-");
  return [Number(from), Number(to ?? from)];
}
