import { parseAllDocuments } from "yaml";
import { formatPath } from "../config/fault.ts";

/** One document of a file. */
export interface SourceDocument {
  /** As named on the command line; "-" for standard input. */
  readonly file: string;
  /** What the text says: plain JSON values. Never a Kubernetes List; those are taken apart. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** A text that is no YAML or JSON, or a document that is not an object. */
export interface SourceFault {
  readonly file: string;
  /** 1-based; 0 when there is none. */
  readonly line: number;
  readonly message: string;
}

export interface SourceText {
  readonly documents: readonly SourceDocument[];
  readonly faults: readonly SourceFault[];
}

/** Far beyond any written by hand, far below what harms. */
const MAX_ALIASES = 1_000;

/**
 * Takes the text of a file apart into its documents.
 *
 * - `text`: YAML 1.2 of any number of documents, hence also JSON. Empty documents are skipped, Lists are replaced by
 *   their items.
 *
 * Never throws: what cannot be read is a fault, and the other documents of the file are there all the same.
 */
export function parseDocuments(file: string, text: string): SourceText {
  const documents: SourceDocument[] = [];
  const faults: SourceFault[] = [];
  const parsed = parseAllDocuments(text, { merge: true, prettyErrors: true });
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const error = document.errors[0];
    if (error !== undefined) {
      faults.push({ file, line: error.linePos?.[0].line ?? 0, message: error.message.split("\n")[0]! });
      continue;
    }
    const value = plainValue(document);
    if (value instanceof Error) faults.push({ file, line: 0, message: value.message });
    else if (value !== null && value !== undefined) collect(file, value, documents, faults);
  }
  return { documents, faults };
}

function plainValue(document: { toJS(options: { maxAliasCount: number }): unknown }): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return error as Error;
  }
}

function collect(
  file: string,
  value: unknown,
  documents: SourceDocument[],
  faults: SourceFault[],
  path: (string | number)[] = [],
) {
  if (!isObject(value)) {
    faults.push({ file, line: 0, message: `${formatPath(path) || "a document"} is not an object` });
    return;
  }
  if (typeof value.kind === "string" && value.kind.endsWith("List") && Array.isArray(value.items)) {
    for (const [index, item] of value.items.entries())
      collect(file, item, documents, faults, [...path, "items", index]);
    return;
  }
  documents.push({ file, value });
}

/** Whether a value is an object of named fields. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
