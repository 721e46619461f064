/**
 * An expression as a nondeterministic automaton over UTF-16 code units (Thompson's construction). A code point beyond the
 * first 65,536 is the sequence of its two surrogates; surrogates by themselves are no characters and match nothing.
 */
import { type CodePoints, pairs } from "./code-points.ts";
import { type Assertion, type Expression, PatternFault } from "./syntax.ts";

/** Code units, as ascending and disjoint ranges: [from, to, from, to, …], ends included. */
export type CodeUnits = readonly number[];

export interface Nfa {
  /** By state: what can be done without reading. An assertion lets one pass only where it holds. */
  readonly free: readonly (readonly { readonly to: number; readonly assertion: Assertion | null }[])[];
  /** By state: what reading a unit of `sets[set]` leads to. */
  readonly reading: readonly (readonly { readonly to: number; readonly set: number }[])[];
  readonly sets: readonly CodeUnits[];
  readonly start: number;
  readonly end: number;
  readonly hasAssertions: boolean;
}

/** Bounds the memory for what a pattern of a few characters can ask for: (((a{1000}){1000}){1000}). */
const MAX_STATES = 20_000;

/** Builds the automaton. Throws a PatternFault when it would be too large. */
export function nfaOf(expression: Expression): Nfa {
  const builder = new Builder();
  const start = builder.state();
  const end = builder.add(expression, start);
  return { ...builder.nfa, start, end };
}

class Builder {
  readonly nfa = {
    free: [] as { to: number; assertion: Assertion | null }[][],
    reading: [] as { to: number; set: number }[][],
    sets: [] as CodeUnits[],
    hasAssertions: false,
  };
  readonly #setOf = new Map<string, number>();
  readonly #surrogates = new Map<CodePoints, readonly (readonly [high: CodeUnits, low: CodeUnits])[]>();

  state(): number {
    const { free, reading } = this.nfa;
    if (free.length >= MAX_STATES) throw new PatternFault(0, TOO_LARGE);
    reading.push([]);
    return free.push([]) - 1;
  }

  /** Adds what leads through `expression` from a state; returns the state behind it. */
  add(expression: Expression, from: number): number {
    switch (expression.type) {
      case "set":
        return this.#addSet(expression.points, from);
      case "sequence":
        return expression.parts.reduce((at, part) => this.add(part, at), from);
      case "choice": {
        const end = this.state();
        for (const part of expression.parts) this.#free(this.add(part, this.#freeState(from)), end);
        return end;
      }
      case "repeat":
        return this.#addRepeat(expression.part, expression.min, expression.max, from);
      case "assertion": {
        this.nfa.hasAssertions = true;
        const end = this.state();
        this.#free(from, end, expression.kind);
        return end;
      }
    }
  }

  #addRepeat(part: Expression, min: number, max: number, from: number): number {
    let at = from;
    for (let i = 0; i < min; i += 1) at = this.add(part, at);
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.#freeState(at);
      this.#free(this.add(part, loop), loop);
      return this.#freeState(loop);
    }
    const end = this.state();
    for (let i = min; i < max; i += 1) {
      this.#free(at, end);
      at = this.add(part, this.#freeState(at));
    }
    this.#free(at, end);
    return end;
  }

  #addSet(points: CodePoints, from: number): number {
    const end = this.state();
    const basic = basicUnits(points);
    if (basic.length > 0) this.#read(from, end, basic);
    for (const [high, low] of this.#pairsOf(points)) {
      const middle = this.state();
      this.#read(from, middle, high);
      this.#read(middle, end, low);
    }
    return end;
  }

  #pairsOf(points: CodePoints): readonly (readonly [high: CodeUnits, low: CodeUnits])[] {
    const known = this.#surrogates.get(points) ?? surrogatePairs(points);
    this.#surrogates.set(points, known);
    return known;
  }

  #freeState(from: number): number {
    const state = this.state();
    this.#free(from, state);
    return state;
  }

  #free(from: number, to: number, assertion: Assertion | null = null): void {
    this.nfa.free[from]!.push({ to, assertion });
  }

  #read(from: number, to: number, units: CodeUnits): void {
    const key = units.join();
    const set = this.#setOf.get(key) ?? this.nfa.sets.push(units) - 1;
    this.#setOf.set(key, set);
    this.nfa.reading[from]!.push({ to, set });
  }
}

export const TOO_LARGE =
  "is too large for an automaton: lower its {n,m}, have fewer of them inside each other, or say what comes before and after a .* in separate matches";

function basicUnits(points: CodePoints): CodeUnits {
  const units: number[] = [];
  const add = (from: number, to: number) => from <= to && units.push(from, to);
  for (const [from, to] of pairs(points)) {
    add(from, Math.min(to, 0xd7ff));
    add(Math.max(from, 0xe000), Math.min(to, 0xffff));
  }
  return units;
}

/** Ranges beyond the basic plane as products of a range of high and a range of low surrogates, grouped by the low ones. */
function surrogatePairs(points: CodePoints): (readonly [CodeUnits, CodeUnits])[] {
  const highsByLows = new Map<string, number[]>();
  const add = (fromHigh: number, toHigh: number, fromLow: number, toLow: number) => {
    if (fromHigh > toHigh) return;
    const key = `${fromLow},${toLow}`;
    highsByLows.set(key, [...(highsByLows.get(key) ?? []), fromHigh, toHigh]);
  };
  for (const [start, to] of pairs(points)) {
    const from = Math.max(start, 0x10000);
    if (from > to) continue;
    const [fromHigh, fromLow] = surrogatesOf(from);
    const [toHigh, toLow] = surrogatesOf(to);
    if (fromHigh === toHigh) {
      add(fromHigh, toHigh, fromLow, toLow);
      continue;
    }
    const wholeFrom = fromLow === 0xdc00 ? fromHigh : fromHigh + 1;
    const wholeTo = toLow === 0xdfff ? toHigh : toHigh - 1;
    if (wholeFrom > fromHigh) add(fromHigh, fromHigh, fromLow, 0xdfff);
    add(wholeFrom, wholeTo, 0xdc00, 0xdfff);
    if (wholeTo < toHigh) add(toHigh, toHigh, 0xdc00, toLow);
  }
  return [...highsByLows].map(([lows, highs]) => [highs, lows.split(",").map(Number)] as const);
}

function surrogatesOf(point: number): readonly [high: number, low: number] {
  const offset = point - 0x10000;
  return [0xd800 + (offset >> 10), 0xdc00 + (offset & 0x3ff)];
}
