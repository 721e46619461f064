import { type Fault, type FaultPath, formatPath } from "../fault.ts";
import { MAX_WITH_LINES } from "./bounds.ts";
import { readDocument } from "./document.ts";

/** What is wrong with a decoded config, and where in it. */
export interface UnlocatedFault {
  readonly path: FaultPath;
  readonly message: string;
}

/**
 * Faults with their lines, as far as the config came as text and is not too long for lines. Never throws. Reads the text again, so
 * it is for configs that are refused.
 */
export function locateFaults(
  found: readonly UnlocatedFault[],
  source: { readonly text: string; readonly format: "yaml" | "json" } | null,
): readonly Fault[] {
  if (found.length === 0) return [];
  const isShort = source !== null && source.text.length <= MAX_WITH_LINES;
  const read = isShort ? readDocument(source.text, source.format) : null;
  return found.map(({ path, message }) => ({
    path: formatPath(path),
    ...(read?.ok && read.document.locate(path, false)),
    message,
  }));
}
