/**
 * RE2's syntax, which is what Envoy, Istio and the gateways' users write. Why not JavaScript's with a translation: what
 * differs is in every corner (flags inside, POSIX classes, \Q…\E, \pL, \z, repetition of repetition), and a pattern that
 * both accept must not mean two things.
 *
 * Source: github.com/google/re2/wiki/Syntax. \C, a single byte, is refused: a pattern is matched against characters.
 */
import { ANY, ANY_BUT_NEWLINE } from "./classes.ts";
import { foldCase } from "./code-points.ts";
import { type Cursor, cursorOf, isQuoted, openQuote, peek, take, takeIf, takeQuoted } from "./cursor.ts";
import { parseBracket } from "./parse-class.ts";
import { parseEscape } from "./parse-escape.ts";
import { type Expression, PatternFault } from "./syntax.ts";

/** RE2's own bounds: of {n,m}, and of nested groups. */
const MAX_REPEAT = 1_000;
const MAX_DEPTH = 200;

/** Flags in force: i ignores case, m lets ^ and $ match at lines, s lets . match a newline. U changes no match. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

/** Parses a pattern. Throws a PatternFault for what is not RE2's syntax, and nothing else. */
export function parsePattern(pattern: string): Expression {
  const cursor = cursorOf(pattern);
  const parsed = parseChoice(cursor, { i: false, m: false, s: false }, 0);
  if (peek(cursor) === ")") throw new PatternFault(cursor.at, 'this ")" closes nothing');
  return parsed;
}

function parseChoice(cursor: Cursor, outer: Flags, depth: number): Expression {
  if (depth > MAX_DEPTH) throw new PatternFault(cursor.at, `groups are nested more than ${MAX_DEPTH} deep`);
  let flags = outer;
  const branches: Expression[] = [];
  let parts: Expression[] = [];
  const endBranch = () => {
    branches.push(parts.length === 1 ? parts[0]! : { type: "sequence", parts });
    parts = [];
  };
  for (;;) {
    openQuote(cursor);
    if (!isQuoted(cursor)) {
      const next = peek(cursor);
      if (next === "" || next === ")") break;
      if (takeIf(cursor, "|")) {
        endBranch();
        continue;
      }
      const changed = inlineFlags(cursor, flags);
      if (changed !== null) {
        flags = changed;
        continue;
      }
    }
    parts.push(parseRepeated(cursor, flags, depth));
  }
  endBranch();
  return branches.length === 1 ? branches[0]! : { type: "choice", parts: branches };
}

/** "(?i)" and the like: flags for the rest of the group. Null when something else follows; nothing is taken then. */
function inlineFlags(cursor: Cursor, flags: Flags): Flags | null {
  const said = /^\(\?([imsU]*)(?:-([imsU]+))?\)/.exec(cursor.text.slice(cursor.at, cursor.at + 16));
  if (said === null) return null;
  cursor.at += said[0].length;
  return withFlags(flags, said[1]!, said[2] ?? "");
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const of = (name: keyof Flags) => (flags[name] || on.includes(name)) && !off.includes(name);
  return { i: of("i"), m: of("m"), s: of("s") };
}

function parseRepeated(cursor: Cursor, flags: Flags, depth: number): Expression {
  const from = cursor.at;
  if (readRepeat(cursor) !== null) {
    throw new PatternFault(from, `there is nothing that ${cursor.text.slice(from, cursor.at)} could repeat`);
  }
  const part = parseOne(cursor, flags, depth);
  const at = cursor.at;
  const bounds = readRepeat(cursor);
  if (bounds === null) return part;
  takeIf(cursor, "?");
  const again = cursor.at;
  if (readRepeat(cursor) !== null) {
    const said = cursor.text.slice(at, cursor.at);
    throw new PatternFault(again, `a repetition cannot be repeated (${said}): put a group around it`);
  }
  return { type: "repeat", part, ...bounds };
}

/** Takes *, +, ? or {n,m}; null when none follows. What looks like {n,m} and is not is a literal brace. */
function readRepeat(cursor: Cursor): { min: number; max: number } | null {
  if (isQuoted(cursor)) return null;
  if (takeIf(cursor, "*")) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (takeIf(cursor, "+")) return { min: 1, max: Number.POSITIVE_INFINITY };
  if (takeIf(cursor, "?")) return { min: 0, max: 1 };
  const said = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(cursor.text.slice(cursor.at, cursor.at + 24));
  if (said === null) return null;
  const min = Number(said[1]);
  const max = said[2] === undefined ? min : said[3] === "" ? Number.POSITIVE_INFINITY : Number(said[3]);
  if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY)) {
    throw new PatternFault(cursor.at, `${said[0]} repeats more than ${MAX_REPEAT} times`);
  }
  if (max < min) throw new PatternFault(cursor.at, `${said[0]} has its bounds the wrong way round`);
  cursor.at += said[0].length;
  return { min, max };
}

function parseOne(cursor: Cursor, flags: Flags, depth: number): Expression {
  if (isQuoted(cursor)) return literal(takeQuoted(cursor), flags);
  const at = cursor.at;
  const char = take(cursor);
  switch (char) {
    case "(":
      return parseGroup(cursor, flags, depth, at);
    case "[":
      return { type: "set", points: parseBracket(cursor, flags.i, at) };
    case ".":
      return { type: "set", points: flags.s ? ANY : ANY_BUT_NEWLINE };
    case "^":
      return { type: "assertion", kind: flags.m ? "lineStart" : "start" };
    case "$":
      return { type: "assertion", kind: flags.m ? "lineEnd" : "end" };
    case "\\":
      return parseEscape(cursor, flags.i, at);
    default:
      return literal(char, flags);
  }
}

function parseGroup(cursor: Cursor, flags: Flags, depth: number, at: number): Expression {
  const inner = takeIf(cursor, "?") ? groupFlags(cursor, flags, at) : flags;
  const parsed = parseChoice(cursor, inner, depth + 1);
  if (!takeIf(cursor, ")")) throw new PatternFault(at, 'this "(" is never closed');
  return parsed;
}

/** What follows "(?" up to where the group's content begins. */
function groupFlags(cursor: Cursor, flags: Flags, at: number): Flags {
  const rest = cursor.text.slice(cursor.at, cursor.at + 300);
  const named = /^P?<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest);
  const flagged = /^([imsU]*)(?:-([imsU]+))?:/.exec(rest);
  const opening = named ?? flagged;
  if (opening !== null) {
    cursor.at += opening[0].length;
    return flagged === null ? flags : withFlags(flags, flagged[1]!, flagged[2] ?? "");
  }
  const looks = /^(<?[=!])/.exec(rest)?.[1];
  if (looks !== undefined) {
    const what = looks.startsWith("<") ? "lookbehind" : "lookahead";
    throw new PatternFault(
      at,
      `${what} (?${looks} is not RE2's syntax, as it cannot be matched in linear time: say it with another match, or with invert`,
    );
  }
  if (rest.startsWith(">"))
    throw new PatternFault(at, "(?> is not RE2's syntax: without backtracking a group is enough");
  if (/^P[=>]/.test(rest)) throw new PatternFault(at, "backreferences cannot be matched in linear time");
  throw new PatternFault(
    at,
    `(?${rest.slice(0, 1)} is not RE2's syntax: (?:…), (?P<name>…) and the flags i, m, s, U are`,
  );
}

function literal(char: string, flags: Flags): Expression {
  const point = char.codePointAt(0)!;
  return { type: "set", points: flags.i ? foldCase([point, point]) : [point, point] };
}
