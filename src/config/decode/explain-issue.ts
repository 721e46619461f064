/** Turns what zod found into faults: in the words of the config, with what was probably meant. */
import type * as z from "zod";
import type { FaultPath } from "../fault.ts";
import { nearest } from "../nearest.ts";

export interface LocatedFault {
  readonly path: FaultPath;
  readonly atKey: boolean;
  readonly message: string;
  readonly suggestion: string | undefined;
}

type Issue = z.core.$ZodIssue;

/** The message for what is required and absent. */
export const MISSING = "is missing";
const FITS_NO_SHAPE = "has none of the shapes it may have";

/** The message of one issue, where the schema has none of its own. Given to zod as its error map. */
export function describeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return MISSING;
      return `expected ${nounOf(issue.expected)}, found ${describeValue(issue.input)}`;
    case "invalid_value":
      return `expected ${oneOf(issue.values.map(String))}, found ${describeValue(issue.input)}`;
    case "too_small":
      return `must ${sizeOf(issue.origin, issue.inclusive === false ? "above" : "at least", Number(issue.minimum))}`;
    case "too_big":
      return `must ${sizeOf(issue.origin, issue.inclusive === false ? "below" : "at most", Number(issue.maximum))}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_union":
      return Array.isArray(issue.options) ? describeDiscriminator(issue, issue.options) : FITS_NO_SHAPE;
    default:
      return `is not valid: found ${describeValue(issue.input)}`;
  }
}

/**
 * The faults behind one issue; several where it names several keys. Of a choice between shapes, the faults of the shape
 * that fits best are given.
 *
 * - `keysAt`: the keys that the schema knows at a path, given the object there.
 */
export function explainIssue(
  issue: Issue,
  keysAt: (path: FaultPath, object: unknown) => readonly string[],
): LocatedFault[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(path, key, keysAt(path, issue.input), keysAt(path, undefined)));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0 && issue.message === FITS_NO_SHAPE) {
    const branch = bestBranch(issue.errors);
    return branch.flatMap((inner) => explainIssue({ ...inner, path: [...issue.path, ...inner.path] }, keysAt));
  }
  return [{ path, atKey: false, message: issue.message, suggestion: suggestedValue(issue) }];
}

/** - `known`: keys of the shapes that may be meant; `all`: of all that may stand there. */
function unknownKey(path: FaultPath, key: string, known: readonly string[], all: readonly string[]): LocatedFault {
  const suggestion = all.includes(key) ? undefined : nearest(key, known);
  const others = suggestion === undefined && known.length > 0 ? `; known are ${known.join(", ")}` : "";
  const which = all.includes(key) ? "does not go with the other keys here" : "is not a known key";
  return { path: [...path, key], atKey: true, message: `${which}${known.includes(key) ? "" : others}`, suggestion };
}

function suggestedValue(issue: Issue): string | undefined {
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    const found = discriminatorOf(issue);
    return typeof found === "string" ? nearest(found, issue.options.map(String)) : undefined;
  }
  if (issue.code !== "invalid_value" || typeof issue.input !== "string") return undefined;
  return nearest(issue.input, issue.values.map(String));
}

/**
 * The shape that is meant: one that takes such a value at all (a word is no object), then fewest complaints about keys, then
 * fewest at all; the first on a tie.
 */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const cost = (issues: readonly Issue[]) => issues.reduce((sum, issue) => sum + costOf(issue), 0);
  return branches.reduce((best, branch) => (cost(branch) < cost(best) ? branch : best));
}

function costOf({ code, path }: Issue): number {
  if (path.length > 0) return 1;
  if (code === "invalid_type" || code === "invalid_value") return 10_000;
  return code === "unrecognized_keys" ? 100 : 1;
}

/** The field that tells shapes apart holds none of the values that do. */
function describeDiscriminator(issue: z.core.$ZodRawIssue, options: readonly unknown[]): string {
  const found = discriminatorOf(issue);
  return found === undefined
    ? MISSING
    : `expected ${oneOf(options.filter((option) => option !== undefined).map(String))}, found ${describeValue(found)}`;
}

function discriminatorOf({
  path,
  input,
}: {
  readonly path?: readonly PropertyKey[] | undefined;
  readonly input?: unknown;
}): unknown {
  return (input as Record<string, unknown> | undefined)?.[String(path?.at(-1))];
}

function nounOf(expected: string): string {
  switch (expected) {
    case "object":
    case "record":
      return "an object";
    case "array":
      return "a list";
    case "int":
      return "a whole number";
    case "boolean":
      return "true or false";
    case "string":
      return "text";
    default:
      return `a ${expected}`;
  }
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "function") return "a function";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `one of ${values.join(", ")}`;
}

function sizeOf(origin: string, relation: string, bound: number): string {
  if (origin === "array") return `have ${relation} ${bound} ${bound === 1 ? "entry" : "entries"}`;
  if (origin === "string") return `have ${relation} ${bound} character${bound === 1 ? "" : "s"}`;
  return `be ${relation} ${bound}`;
}
