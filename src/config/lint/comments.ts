/** Secrets in the comments of a config: it is kept as it was written. */
import { Lexer, LineCounter } from "yaml";
import type { Fault } from "../fault.ts";
import { knownFormatIn } from "./formats.ts";

/** Marks of the lexer that are no part of the text. */
const MARKS = new Set(["\u0002", "\u0018", "\u001f"]);

/** A fault for each comment with a secret of a known kind. Never throws for what the parser took. Linear. */
export function commentFaults(text: string): readonly Fault[] {
  if (!text.includes("#") || knownFormatIn(text) === null) return [];
  const lines = new LineCounter();
  lines.addNewLine(0);
  const faults: Fault[] = [];
  let offset = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) {
      isScalar = token === "\u001f";
      continue;
    }
    const known = token.startsWith("#") && !isScalar ? knownFormatIn(token) : null;
    if (known !== null) {
      const { line, col } = lines.linePos(offset);
      const message = `a comment holds what looks like ${known.what}: "${known.found.slice(0, 4)}…". A config is kept as it was written: remove it`;
      faults.push({ path: "", line, column: col, message });
    }
    isScalar = false;
    for (let at = token.indexOf("\n"); at >= 0; at = token.indexOf("\n", at + 1)) lines.addNewLine(offset + at + 1);
    offset += token.length;
  }
  return faults;
}
