import { POSIX_CLASSES } from "./classes.ts";
import { type CodePoints, complement, foldCase, union } from "./code-points.ts";
import { type Cursor, peek, take, takeIf } from "./cursor.ts";
import { parseEscapedPoint, parseNamedClass } from "./parse-escape.ts";
import { PatternFault } from "./syntax.ts";

/** [a-z], [^[:alpha:]\d]: what follows the opening bracket at `at`. */
export function parseBracket(cursor: Cursor, ignoreCase: boolean, at: number): CodePoints {
  const isNegated = takeIf(cursor, "^");
  const parts: CodePoints[] = [];
  // A bracket that comes first is one of the characters.
  for (let isFirst = true; isFirst || peek(cursor) !== "]"; isFirst = false) {
    if (peek(cursor) === "") throw new PatternFault(at, 'this "[" is never closed');
    parts.push(parsePart(cursor, ignoreCase));
  }
  take(cursor);
  const points = union(...parts);
  return isNegated ? complement(points) : points;
}

function parsePart(cursor: Cursor, ignoreCase: boolean): CodePoints {
  const from = cursor.at;
  const posix = parsePosix(cursor, ignoreCase);
  if (posix !== null) return posix;
  if (takeIf(cursor, "\\")) {
    const named = parseNamedClass(cursor, ignoreCase, from);
    if (named !== null) return named;
    cursor.at = from;
  }
  const first = parsePoint(cursor);
  // A dash before the closing bracket is one of the characters.
  const isRange = cursor.text.startsWith("-", cursor.at) && !cursor.text.startsWith("-]", cursor.at);
  if (!isRange) return folded([first, first], ignoreCase);
  take(cursor);
  const last = parsePoint(cursor);
  if (last < first) {
    throw new PatternFault(from, `${cursor.text.slice(from, cursor.at)} has its ends the wrong way round`);
  }
  return folded([first, last], ignoreCase);
}

function parsePosix(cursor: Cursor, ignoreCase: boolean): CodePoints | null {
  if (!cursor.text.startsWith("[:", cursor.at)) return null;
  const end = cursor.text.indexOf(":]", cursor.at + 2);
  if (end < 0) return null;
  const said = cursor.text.slice(cursor.at + 2, end);
  const isNegated = said.startsWith("^");
  const points = POSIX_CLASSES.get(isNegated ? said.slice(1) : said);
  if (points === undefined) throw new PatternFault(cursor.at, `[:${said}:] is not a class`);
  cursor.at = end + 2;
  const all = folded(points, ignoreCase);
  return isNegated ? complement(all) : all;
}

function parsePoint(cursor: Cursor): number {
  const at = cursor.at;
  const char = take(cursor);
  if (char === "") throw new PatternFault(at, "the brackets are never closed");
  if (char !== "\\") return char.codePointAt(0)!;
  if (/^[dswDSWpP]/.test(peek(cursor))) throw new PatternFault(at, "a class cannot be the end of a range");
  return parseEscapedPoint(cursor, at);
}

function folded(points: CodePoints, ignoreCase: boolean): CodePoints {
  return ignoreCase ? foldCase(points) : points;
}
