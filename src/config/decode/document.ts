/**
 * Text → plain value, with a way back from every part of the value to its line. YAML 1.2 and JSON are both read by the
 * YAML parser, because it keeps positions; JSON has to satisfy the JSON parser first.
 */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from "yaml";
import { type Fault, type FaultPath, formatPath } from "../fault.ts";

/** Far more than a mesh of 1,000 routes needs, and parsed in well under a second. */
export const MAX_CONFIG_CHARACTERS = 2_097_152;
/** Expanded aliases: a config may share parts, but not be a bomb. */
const MAX_ALIASES = 10_000;

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

/** Reads `text`. Never throws: what cannot be read is a fault, and so is text of more than 2 Mi characters. */
export function readDocument(text: string, format: "yaml" | "json"): ReadResult {
  if (text.length > MAX_CONFIG_CHARACTERS) {
    const message = `is too large: ${text.length} characters, at most ${MAX_CONFIG_CHARACTERS} are read`;
    return { ok: false, faults: [{ path: "", message }] };
  }
  try {
    return read(text, format);
  } catch (error) {
    // The parser recurses: only its stack, or an alias bomb, can end it this way.
    const message =
      error instanceof RangeError ? "is nested too deeply" : `cannot be read: ${(error as Error).message}`;
    return { ok: false, faults: [{ path: "", message }] };
  }
}

function read(text: string, format: "yaml" | "json"): ReadResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, version: "1.2" });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const locate = (path: FaultPath, atKey: boolean) => at(offsetOf(document, path, atKey));
  if (format === "json") {
    const fault = jsonFault(text, at);
    if (fault !== null) return { ok: false, faults: [fault] };
  }
  const problems = [...document.errors, ...document.warnings];
  const faults = problems.flatMap(({ code, message, pos: [offset] }): Fault[] => {
    if (code === "DUPLICATE_KEY") {
      const path = pathOfKey(document.contents, offset) ?? [];
      return [{ path: formatPath(path), ...at(offset), message: "the same key is there twice" }];
    }
    // What JSON.parse took is JSON, even where YAML would differ.
    return format === "json" ? [] : [{ path: "", ...at(offset), message: `is not YAML: ${lowerFirst(message)}` }];
  });
  if (faults.length > 0) return { ok: false, faults };
  const value = format === "json" ? JSON.parse(text) : document.toJS({ maxAliasCount: MAX_ALIASES });
  return { ok: true, document: { value, locate } };
}

/** What JSON.parse has against `text`, at the position it names. */
function jsonFault(text: string, at: (offset: number) => Position): Fault | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const reason = (error as Error).message;
    const offset = /at position (\d+)/.exec(reason)?.[1];
    const message = `is not JSON: ${reason.replace(/ (in JSON )?at position.*$/, "")}`;
    return { path: "", ...at(offset === undefined ? text.length : Number(offset)), message };
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The path of the key that starts at `offset`; null when none does. */
function pathOfKey(node: unknown, offset: number, path: FaultPath = []): FaultPath | null {
  if (!isMap(node) && !isSeq(node)) return null;
  for (const [index, item] of node.items.entries()) {
    const child = [...path, isPair(item) ? keyText(item) : index];
    if (isPair(item) && startOf(item.key) === offset) return child;
    const found = pathOfKey(isPair(item) ? item.value : item, offset, child);
    if (found !== null) return found;
  }
  return null;
}

function offsetOf(document: Document, path: FaultPath, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const child = childOf(node, step);
    if (child === undefined) return offset;
    const last = depth === path.length - 1;
    const keyOffset = isPair(child) ? startOf(child.key) : undefined;
    const value = isPair(child) ? child.value : child;
    // A value that starts below its key is best shown at its key, and so is anything that is missing from it.
    const valueOffset = isScalar(value) && value.value !== null ? startOf(value) : undefined;
    offset = (last && atKey ? keyOffset : (valueOffset ?? keyOffset ?? startOf(value))) ?? offset;
    node = value;
  }
  return offset;
}

function childOf(node: unknown, step: string | number): Pair | Node | undefined {
  if (isSeq(node)) return typeof step === "number" ? (node.items[step] as Node | undefined) : undefined;
  if (!isMap(node)) return undefined;
  return node.items.findLast((pair) => keyText(pair) === String(step));
}

function keyText({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
