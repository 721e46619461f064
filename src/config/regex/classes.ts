/** The character classes that RE2 knows by name. Source: github.com/google/re2/wiki/Syntax. */
import { type CodePoints, complement, union } from "./code-points.ts";

const range = (text: string): CodePoints => union([...text].map((char) => char.codePointAt(0)!));

export const DIGIT = range("09");
export const WORD = range("09AZaz__");
/** Without the vertical tab, unlike JavaScript's and [[:space:]]. */
const SPACE = range("\t\n\f\r  ");

interface PerlClass {
  readonly points: CodePoints;
  readonly isNegated: boolean;
}

/** \d, \W … by their letter. */
export const PERL_CLASSES: ReadonlyMap<string, PerlClass> = new Map(
  Object.entries({ d: DIGIT, w: WORD, s: SPACE }).flatMap(([letter, points]): [string, PerlClass][] => [
    [letter, { points, isNegated: false }],
    [letter.toUpperCase(), { points, isNegated: true }],
  ]),
);

/** [[:alpha:]] … by their name. */
export const POSIX_CLASSES: ReadonlyMap<string, CodePoints> = new Map([
  ["alnum", range("09AZaz")],
  ["alpha", range("AZaz")],
  ["ascii", range("\x00\x7f")],
  ["blank", range("\t\t  ")],
  ["cntrl", range("\x00\x1f\x7f\x7f")],
  ["digit", DIGIT],
  ["graph", range("!~")],
  ["lower", range("az")],
  ["print", range(" ~")],
  ["punct", range("!/:@[`{~")],
  ["space", range("\t\r  ")],
  ["upper", range("AZ")],
  ["word", WORD],
  ["xdigit", range("09AFaf")],
]);

const NEWLINE: CodePoints = [10, 10];
export const ANY = complement([]);
export const ANY_BUT_NEWLINE = complement(NEWLINE);
