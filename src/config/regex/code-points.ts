/** Sets of Unicode code points, as ascending and disjoint ranges: [from, to, from, to, …], ends included. */
export type CodePoints = readonly number[];

export const MAX_CODE_POINT = 0x10ffff;

/** In normal form: sorted, without overlaps and without neighbours that could be one range. */
export function union(...sets: readonly CodePoints[]): CodePoints {
  const ranges = sets.flatMap(pairs).sort(([a], [b]) => a - b);
  const merged: number[] = [];
  for (const [from, to] of ranges) {
    const last = merged.length - 1;
    if (last > 0 && from <= merged[last]! + 1) merged[last] = Math.max(merged[last]!, to);
    else merged.push(from, to);
  }
  return merged;
}

/** Every code point that is not in a set of normal form. */
export function complement(set: CodePoints): CodePoints {
  const rest: number[] = [];
  let next = 0;
  for (const [from, to] of pairs(set)) {
    if (from > next) rest.push(next, from - 1);
    next = to + 1;
  }
  if (next <= MAX_CODE_POINT) rest.push(next, MAX_CODE_POINT);
  return rest;
}

/** Whether `point` is in the set. Linear in the number of ranges. */
export function has(set: CodePoints, point: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (point >= set[i]! && point <= set[i + 1]!) return true;
  return false;
}

export function pairs(set: CodePoints): (readonly [from: number, to: number])[] {
  return Array.from({ length: set.length / 2 }, (_, i) => [set[2 * i]!, set[2 * i + 1]!] as const);
}

/**
 * The set with everything that differs from one of its members in case only, by Unicode's simple case folding: K takes in
 * k and the Kelvin sign.
 */
export function foldCase(set: CodePoints): CodePoints {
  const added: number[] = [];
  for (const orbit of (set.at(-1) ?? 0) < 0x80 ? ASCII_ORBITS : orbits()) {
    const isIn = orbit.map((point) => has(set, point));
    if (!isIn.includes(true)) continue;
    for (const [index, point] of orbit.entries()) if (!isIn[index]) added.push(point, point);
  }
  return added.length === 0 ? set : union(set, ...chunks(added));
}

function chunks(ranges: readonly number[]): CodePoints[] {
  return pairs(ranges).map(([from, to]) => [from, to]);
}

const ASCII_ORBITS: readonly (readonly number[])[] = Array.from({ length: 26 }, (_, i) => {
  const [upper, lower] = [0x41 + i, 0x61 + i];
  if (lower === 0x6b) return [upper, lower, 0x212a];
  return lower === 0x73 ? [upper, lower, 0x17f] : [upper, lower];
});

let known: readonly (readonly number[])[] | undefined;

/** All sets of code points that differ in case only. The platform knows them; asking takes some 50 ms, once. */
function orbits(): readonly (readonly number[])[] {
  if (known !== undefined) return known;
  const orbitOf = new Map<number, Set<number>>();
  for (const point of members(/[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]/u)) {
    const text = String.fromCodePoint(point);
    for (const other of [text.toLowerCase(), text.toUpperCase()]) {
      const otherPoint = other.codePointAt(0)!;
      if (otherPoint === point || String.fromCodePoint(otherPoint) !== other) continue;
      // The case mappings know more than the folding does: the dotless i is no i.
      if (!new RegExp(`^\\u{${point.toString(16)}}$`, "iu").test(other)) continue;
      const orbit = new Set([...(orbitOf.get(point) ?? [point]), ...(orbitOf.get(otherPoint) ?? [otherPoint])]);
      for (const each of orbit) orbitOf.set(each, orbit);
    }
  }
  known = [...new Set(orbitOf.values())].map((orbit) => [...orbit]);
  return known;
}

const properties = new Map<string, CodePoints | null>();

/** The code points of a Unicode general category (L, Lu, …) or script (Greek, …); null for other names. */
export function unicodeProperty(name: string): CodePoints | null {
  const cached = properties.get(name);
  if (cached !== undefined) return cached;
  const found = name === "Any" ? [0, MAX_CODE_POINT] : readProperty(name);
  properties.set(name, found);
  return found;
}

function readProperty(name: string): CodePoints | null {
  const property = /^[CLMNPSZ][a-z]?$/.test(name) ? name : /^[A-Z][A-Za-z_]+$/.test(name) ? `Script=${name}` : null;
  if (property === null) return null;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`\\p{${property}}`, "u");
  } catch {
    return null;
  }
  return union([...members(pattern)].flatMap((point) => [point, point]));
}

function* members(pattern: RegExp): Iterable<number> {
  for (let point = 0; point <= MAX_CODE_POINT; point += 1) {
    if (pattern.test(String.fromCodePoint(point))) yield point;
  }
}
