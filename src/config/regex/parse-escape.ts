import { PERL_CLASSES } from "./classes.ts";
import { type CodePoints, complement, foldCase, MAX_CODE_POINT, unicodeProperty } from "./code-points.ts";
import { type Cursor, peek, take } from "./cursor.ts";
import { type Assertion, type Expression, PatternFault } from "./syntax.ts";

const ASSERTIONS: Readonly<Record<string, Assertion>> = { A: "start", z: "end", b: "word", B: "notWord" };
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

/** What follows a backslash outside of brackets. */
export function parseEscape(cursor: Cursor, ignoreCase: boolean, at: number): Expression {
  const assertion = ASSERTIONS[peek(cursor)];
  if (assertion !== undefined) {
    take(cursor);
    return { type: "assertion", kind: assertion };
  }
  const named = parseNamedClass(cursor, ignoreCase, at);
  if (named !== null) return { type: "set", points: named };
  const point = parseEscapedPoint(cursor, at);
  return { type: "set", points: ignoreCase ? foldCase([point, point]) : [point, point] };
}

/** \d, \W, \pL, \P{Greek}; null when something else follows. */
export function parseNamedClass(cursor: Cursor, ignoreCase: boolean, at: number): CodePoints | null {
  const letter = peek(cursor);
  const perl = PERL_CLASSES.get(letter);
  if (perl !== undefined) {
    take(cursor);
    return classOf(perl.points, perl.isNegated, ignoreCase);
  }
  if (letter !== "p" && letter !== "P") return null;
  take(cursor);
  const said = /^(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(cursor.text.slice(cursor.at, cursor.at + 64));
  const points = said === null ? null : unicodeProperty(said[2] ?? said[3]!);
  if (said === null || points === null) {
    const name = cursor.text.slice(at, cursor.at + (said?.[0].length ?? 1));
    throw new PatternFault(at, `${name} is not a Unicode category, such as \\pL, or script, such as \\p{Greek}`);
  }
  cursor.at += said[0].length;
  return classOf(points, (letter === "P") !== (said[1] === "^"), ignoreCase);
}

function classOf(points: CodePoints, isNegated: boolean, ignoreCase: boolean): CodePoints {
  const folded = ignoreCase ? foldCase(points) : points;
  return isNegated ? complement(folded) : folded;
}

/** An escape for a single character. */
export function parseEscapedPoint(cursor: Cursor, at: number): number {
  const rest = cursor.text.slice(cursor.at, cursor.at + 24);
  const control = CONTROLS[rest.charAt(0)];
  if (control !== undefined) {
    cursor.at += 1;
    return control;
  }
  const hex = /^x(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2}))/.exec(rest);
  const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
  const number = hex ?? octal;
  if (number !== null) {
    const point = hex === null ? Number.parseInt(number[0], 8) : Number.parseInt(hex[1] ?? hex[2]!, 16);
    if (point > MAX_CODE_POINT) throw new PatternFault(at, `\\${number[0]} is beyond Unicode`);
    cursor.at += number[0].length;
    return point;
  }
  if (/^[1-9]/.test(rest)) {
    throw new PatternFault(at, `\\${rest[0]} is a backreference, which cannot be matched in linear time`);
  }
  const char = take(cursor);
  if (char === "") throw new PatternFault(at, "the backslash at the end escapes nothing");
  const point = char.codePointAt(0)!;
  if (point >= 0x80 || /[A-Za-z]/.test(char)) {
    throw new PatternFault(at, `\\${char} is not an escape of RE2's syntax`);
  }
  return point;
}
