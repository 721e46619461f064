/** Any value, or text, against any schema: what it says, or every fault in it at once. */
import type * as z from "zod";
import { type Fault, type FaultPath, formatPath } from "../fault.ts";
import { withBoundedWork } from "../regex/compile-pattern.ts";
import { brokenRules } from "./broken-rules.ts";
import { readDocument } from "./document.ts";
import { describeIssue, explainIssue, type LocatedFault, MISSING } from "./explain-issue.ts";

/** A schema, and the keys that it knows at a path, given the object there (undefined: not known), for suggestions. */
export interface Shape<S extends z.ZodType> {
  readonly schema: S;
  readonly keysAt: (path: FaultPath, object: unknown) => readonly string[];
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Decodes text. Faults have paths, lines and columns, and are in the order of the text. Never throws. */
export function parseAs<S extends z.ZodType>(
  shape: Shape<S>,
  text: string,
  format: "yaml" | "json",
): Decoded<z.output<S>> {
  const read = readDocument(text, format);
  if (!read.ok) return read;
  const { value, locate } = read.document;
  const result = decode(shape, value);
  if (result.ok) return result;
  const faults = result.faults.map((fault) => ({ ...toFault(fault), ...locate(fault.path, fault.atKey) }));
  faults.sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, faults };
}

/** Decodes what is a value already, such as the default export of a module. Never throws. */
export function decodeAs<S extends z.ZodType>(shape: Shape<S>, value: unknown): Decoded<z.output<S>> {
  try {
    const result = decode(shape, value);
    return result.ok ? result : { ok: false, faults: result.faults.map(toFault) };
  } catch (error) {
    // Only a value with code of its own, such as a getter, gets here.
    return { ok: false, faults: [{ path: "", message: `cannot be read: ${String(error)}` }] };
  }
}

type Located<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly LocatedFault[] };

function decode<S extends z.ZodType>(shape: Shape<S>, value: unknown): Located<z.output<S>> {
  return withBoundedWork(() => checked(shape, value));
}

function checked<S extends z.ZodType>({ schema, keysAt }: Shape<S>, value: unknown): Located<z.output<S>> {
  const result = schema.safeParse(value, { error: describeIssue, reportInput: true });
  const misshapen = (result.error?.issues ?? []).flatMap((issue) => explainIssue(issue, keysAt));
  const findings = [...brokenRules(schema, value)];
  const broken = findings.map(
    ({ path, message, suggestion, atKey = false }): LocatedFault => ({ path, atKey, message, suggestion }),
  );
  const secrets = new Set(findings.filter(({ isSecret }) => isSecret === true).map(({ message }) => message));
  const told = withoutValues([...misshapen, ...broken], secrets);
  const faults = [...prototypeKeys(value), ...withoutEchoes(told)];
  return result.success && faults.length === 0 ? { ok: true, value: result.data } : { ok: false, faults };
}

/** Where a value is a secret, only that is told: other faults might repeat it. `secrets`: the messages that say so. */
function withoutValues(faults: readonly LocatedFault[], secrets: ReadonlySet<string>): readonly LocatedFault[] {
  if (secrets.size === 0) return faults;
  const places = new Set(faults.filter(({ message }) => secrets.has(message)).map(({ path }) => formatPath(path)));
  return faults.filter(({ path, message }) => secrets.has(message) || !places.has(formatPath(path)));
}

/** Drops what is said otherwise: that a key is missing whose misspelling was found, and what zod says of __proto__. */
function withoutEchoes(faults: readonly LocatedFault[]): LocatedFault[] {
  const meant = new Set(
    faults
      .filter(({ atKey, suggestion }) => atKey && suggestion !== undefined)
      .map(({ path, suggestion }) => formatPath([...path.slice(0, -1), suggestion!])),
  );
  return faults.filter(
    ({ path, message }) => path.at(-1) !== PROTOTYPE_KEY && !(message === MISSING && meant.has(formatPath(path))),
  );
}

function toFault({ path, message, suggestion }: LocatedFault): Fault {
  return { path: formatPath(path), message, ...(suggestion !== undefined && { suggestion }) };
}

const PROTOTYPE_KEY = "__proto__";

/** Keys named __proto__, which objects cannot hold safely and zod passes over. */
function prototypeKeys(value: unknown): LocatedFault[] {
  const found: LocatedFault[] = [];
  const seen = new Set<unknown>();
  const queue: { path: FaultPath; value: unknown }[] = [{ path: [], value }];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (typeof next.value !== "object" || next.value === null || seen.has(next.value)) continue;
    seen.add(next.value);
    const isList = Array.isArray(next.value);
    for (const [key, child] of Object.entries(next.value)) {
      const path = [...next.path, isList ? Number(key) : key];
      if (key === PROTOTYPE_KEY)
        found.push({ path, atKey: true, message: "is not a usable key", suggestion: undefined });
      else queue.push({ path, value: child });
    }
  }
  return found;
}
