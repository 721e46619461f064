/** Compares two trees of settings and says which leaves differ. */
import type { FieldChange, Leaf } from "./mesh-diff.ts";
import { Hidden, type Words } from "./words.ts";

/** A key as a path has it: as it is where that can be read, else quoted. */
export function step(path: string, key: string): string {
  if (/^[\w-]+$/.test(key)) return path === "" ? key : `${path}.${key}`;
  return `${path}[${JSON.stringify(key)}]`;
}

/** The leaves that differ, in the order of `before`, then of what `after` adds. Linear in both; equal parts are not copied. */
export function differences(before: Words, after: Words, path: string): FieldChange[] {
  const found: FieldChange[] = [];
  compare(before, after, path, found);
  return found;
}

/** Whether two trees say the same. Allocates nothing. */
export function isSame(a: Words, b: Words): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Hidden) return a.equals(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  }
  const [left, right] = [a as Tree, b as Tree];
  let keys = 0;
  for (const key in left) {
    if (left[key] === undefined) continue;
    if (!isSame(left[key], right[key])) return false;
    keys += 1;
  }
  for (const key in right) if (right[key] !== undefined) keys -= 1;
  return keys === 0;
}

type Tree = { readonly [key: string]: Words };

function compare(before: Words, after: Words, path: string, found: FieldChange[]): void {
  if (isSame(before, after)) return;
  if (isTree(before) || isTree(after)) {
    if ((isTree(before) || before == null) && (isTree(after) || after == null)) {
      const [left, right] = [entriesOf(before), entriesOf(after)];
      for (const key of new Set([...left.keys(), ...right.keys()])) {
        const isIndex = Array.isArray(before) || Array.isArray(after);
        compare(left.get(key), right.get(key), isIndex ? `${path}[${key}]` : step(path, key), found);
      }
      return;
    }
  }
  const field = {
    path,
    ...(before !== undefined && { before: shown(before) }),
    ...(after !== undefined && { after: shown(after) }),
  };
  // Both are hidden and differ: that much may be said.
  if (before instanceof Hidden && after instanceof Hidden) found.push({ ...field, after: "(another, hidden)" });
  else found.push(field);
}

/** What has settings of its own. A list of plain values is one setting. */
function isTree(value: Words): value is Tree | readonly Words[] {
  if (typeof value !== "object" || value === null || value instanceof Hidden) return false;
  return !Array.isArray(value) || value.some((item) => typeof item === "object" && item !== null);
}

function entriesOf(value: Words): Map<string, Words> {
  return new Map(isTree(value) ? Object.entries(value) : []);
}

function shown(value: Words): Leaf {
  return JSON.parse(JSON.stringify(value)) as Leaf;
}
