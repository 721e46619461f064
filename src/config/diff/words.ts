/** Compiled settings in the words of the config: durations as they are written there, secrets hidden. */
import { formatDuration } from "../duration.ts";

/** A tree whose leaves are settings. Keys are those of the config. */
export type Words = string | number | boolean | null | undefined | readonly Words[] | { readonly [key: string]: Words };

/** Keys whose values nobody needs to see; of headers, cookies as well. */
const SECRET = /authorization|token|secret|password|credential|api[-_]?key/i;
const SECRET_HEADER = /cookie/i;
const HIDDEN = "(hidden)";

/** A value that must not be shown. Two that differ can be told apart, and nothing else can be told of them. */
export class Hidden {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  equals(other: unknown): boolean {
    return other instanceof Hidden && other.#value === this.#value;
  }

  toJSON(): string {
    return HIDDEN;
  }
}

/** What is left of a compiled object: `intervalMs: 10000` is `interval: "10s"`, and what is not set is not there. */
export function inWords(value: unknown): Words {
  if (Array.isArray(value)) return value.map(inWords);
  if (typeof value !== "object" || value === null) return value as Words;
  const words: Record<string, Words> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    if (key.endsWith("Ms") && (typeof inner === "number" || inner === null)) {
      words[key.slice(0, -2)] = inner === null ? null : duration(inner);
    } else {
      words[key] = isSecret(key) && typeof inner === "string" ? hidden(inner) : inWords(inner);
    }
  }
  return words;
}

/** "10s". What no duration of the config can be, such as a quarter of 1 ms, is said in ms. */
export function duration(ms: number): string {
  return Number.isSafeInteger(ms) && ms >= 0 && ms < 360_000_000_000 ? formatDuration(ms) : `${ms}ms`;
}

/** Headers by name. `all`: whatever they are called, their values are hidden. */
export function headers(pairs: readonly (readonly [name: string, value: string])[], all: boolean): Words {
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, all || isSecret(name) || SECRET_HEADER.test(name) ? hidden(value) : value]),
  );
}

function isSecret(name: string): boolean {
  return SECRET.test(name);
}

function hidden(value: string): Words {
  return new Hidden(value) as unknown as Words;
}
