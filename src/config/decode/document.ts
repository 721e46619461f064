/**
 * Text → plain value, with a way back from every part of the value to its line. YAML 1.2 and JSON are both read by the
 * YAML parser, because it keeps positions; JSON has to satisfy the JSON parser first.
 */
import { LineCounter, parseDocument } from "yaml";
import { type Fault, type FaultPath, formatPath } from "../fault.ts";
import { excessOf, MAX_ALIASED_VALUES, MAX_ALIASES } from "./bounds.ts";
import { jsonErrorOf } from "./json-error.ts";
import { danglingAliases, Places, repeatedKeys, surplusAlias } from "./places.ts";

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ConfigDocument {
  readonly value: unknown;
  /** Where the part at `path` is; of a part that is absent, where its nearest ancestor is. `atKey`: of its key. */
  readonly locate: (path: FaultPath, atKey: boolean) => Position;
}

export type ReadResult =
  | { readonly ok: true; readonly document: ConfigDocument }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads `source`. Never throws: what cannot be read, or is too much to read, is a fault. */
export function readDocument(source: string, format: "yaml" | "json"): ReadResult {
  // A byte order mark, as some editors write, is no part of the text.
  const text = source.startsWith("\ufeff") ? source.slice(1) : source;
  const excess = excessOf(text);
  if (excess !== null) return { ok: false, faults: [{ path: "", message: excess }] };
  try {
    return read(text, format);
  } catch (error) {
    // The parser throws for aliases that expand too far, and when deep indentation ends its stack.
    return { ok: false, faults: [{ path: "", message: `cannot be read: ${lowerFirst((error as Error).message)}` }] };
  }
}

function read(text: string, format: "yaml" | "json"): ReadResult {
  const lines = new LineCounter();
  // Unique keys are seen to below: the parser compares each key with all before it.
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    uniqueKeys: false,
    logLevel: "error",
  } as const;
  const document = parseDocument(text, options);
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const jsonError = format === "json" ? jsonErrorOf(text) : null;
  if (jsonError !== null)
    return {
      ok: false,
      faults: [{ path: "", ...at(jsonError.offset), message: `is not JSON: ${lowerFirst(jsonError.message)}` }],
    };
  // What JSON.parse took is JSON, even where YAML would differ.
  const problems = format === "json" ? [] : [...document.errors, ...document.warnings];
  const faults: Fault[] = problems.map(({ message, pos }) => ({
    path: "",
    ...at(pos[0]),
    message: `is not YAML: ${lowerFirst(message)}`,
  }));
  for (const { path, offset } of repeatedKeys(document.contents)) {
    faults.push({ path: formatPath(path), ...at(offset), message: "the same key is there twice" });
  }
  for (const { name, offset } of danglingAliases(document)) {
    faults.push({ path: "", ...at(offset), message: `is not YAML: there is no anchor ${name} before this alias` });
  }
  const surplus = surplusAlias(document, MAX_ALIASED_VALUES);
  if (surplus !== null) {
    const message = `is too much with its aliases written out: those up to this one (${surplus.name}) add more than ${MAX_ALIASED_VALUES} values`;
    faults.push({ path: "", ...at(surplus.offset), message });
  }
  if (faults.length > 0) return { ok: false, faults };
  const value = format === "json" ? JSON.parse(text) : document.toJS({ maxAliasCount: MAX_ALIASES });
  const places = new Places(document);
  return { ok: true, document: { value, locate: (path, atKey) => at(places.offsetOf(path, atKey)) } };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
