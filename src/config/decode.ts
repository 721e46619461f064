/**
 * Config → decoded config, or every fault in it at once. Text is read first; what is not YAML or JSON has only faults
 * of syntax, since nothing else can be said of it.
 */
import { brokenRules } from "./decode/broken-rules.ts";
import { readDocument } from "./decode/document.ts";
import { describeIssue, explainIssue, type LocatedFault, MISSING } from "./decode/explain-issue.ts";
import { type Fault, type FaultPath, formatPath } from "./fault.ts";
import { knownKeys } from "./json-schema.ts";
import { type MeshConfig, meshSchema } from "./schema/mesh.ts";

export type DecodeResult =
  | { readonly ok: true; readonly config: MeshConfig }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface ParseOptions {
  /** Default: json for a `file` that ends in .json, else yaml. */
  readonly format?: "yaml" | "json";
  /** Name of the file, for the default of `format`. */
  readonly file?: string;
}

/** Decodes the text of a config. Faults have paths, lines and columns, and are in the order of the text. Never throws. */
export function parseConfig(text: string, options: ParseOptions = {}): DecodeResult {
  const read = readDocument(text, options.format ?? (options.file?.endsWith(".json") ? "json" : "yaml"));
  if (!read.ok) return read;
  const { value, locate } = read.document;
  const result = decode(value);
  if (result.ok) return result;
  const faults = result.faults.map((fault) => ({ ...toFault(fault), ...locate(fault.path, fault.atKey) }));
  faults.sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, faults };
}

/** Decodes a config that is a value already, such as the default export of heddle.config.ts. Never throws. */
export function decodeConfig(value: unknown): DecodeResult {
  try {
    const result = decode(value);
    return result.ok ? result : { ok: false, faults: result.faults.map(toFault) };
  } catch (error) {
    // Only a value with code of its own, such as a getter, gets here.
    return { ok: false, faults: [{ path: "", message: `cannot be read: ${String(error)}` }] };
  }
}

type Decoded =
  | { readonly ok: true; readonly config: MeshConfig }
  | { readonly ok: false; readonly faults: readonly LocatedFault[] };

function decode(value: unknown): Decoded {
  const result = meshSchema.safeParse(value, { error: describeIssue, reportInput: true });
  const misshapen = (result.error?.issues ?? []).flatMap((issue) => explainIssue(issue, knownKeys));
  const broken = [...brokenRules(meshSchema, value)].map(
    ({ path, message, suggestion, atKey = false }): LocatedFault => ({ path, atKey, message, suggestion }),
  );
  const faults = [...prototypeKeys(value), ...withoutEchoes([...misshapen, ...broken])];
  return result.success && faults.length === 0 ? { ok: true, config: result.data } : { ok: false, faults };
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
