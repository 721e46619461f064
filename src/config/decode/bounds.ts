/**
 * What a config may cost before it is parsed. The YAML parser recurses, and its error recovery is quadratic in the depth:
 * two megabytes of "[" would keep it busy for minutes. Its lexer is linear and recurses nowhere, so it goes first.
 */
import { Lexer } from "yaml";

/** Far more than a mesh of 1,000 routes and 1,000 endpoints needs; read in about a second. */
export const MAX_CHARACTERS = 2_097_152;
/**
 * As much as the control plane reads with the lines of its faults, for which the whole tree is kept: half of an isolate's
 * memory. Some 3,000 routes in YAML; above it only JSON is taken there.
 */
export const MAX_WITH_LINES = 600_000;
/** The schema is ten levels deep. */
export const MAX_DEPTH = 64;
/** Parts may be shared, but each use is looked up in the whole text. */
export const MAX_ALIASES = 1_000;
/**
 * Values that aliases add to those of the text, each written out with all that is in it: what is checked and compiled is that much
 * longer, as text of 600,000 characters would be. Parts of 50 values shared by 1,000 endpoints and routes are as many.
 */
export const MAX_ALIASED_VALUES = 50_000;

/** What the lexer gives before the text of a scalar (its CST.SCALAR). */
const SCALAR_MARK = "\x1f";

/** Why `text` is not going to be parsed, or null when it may be. Never throws. Linear. */
export function excessOf(text: string): string | null {
  if (text.length > MAX_CHARACTERS)
    return `is too large: ${text.length} characters, at most ${MAX_CHARACTERS} are read`;
  let inBrackets = 0;
  let onLine = 0;
  let aliases = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    // The text of a scalar follows its mark, and may begin with anything.
    const wasMarked = isScalar;
    isScalar = lexeme === SCALAR_MARK;
    if (wasMarked) continue;
    switch (lexeme[0]) {
      case "[":
      case "{":
        inBrackets += 1;
        break;
      case "]":
      case "}":
        inBrackets = Math.max(0, inBrackets - 1);
        break;
      case "-":
      case "?":
        onLine += 1;
        break;
      case "\n":
        onLine = 0;
        break;
      case "*":
        aliases += 1;
    }
    if (inBrackets + onLine > MAX_DEPTH) return `is nested too deeply: at most ${MAX_DEPTH} levels are read`;
    if (aliases > MAX_ALIASES) return `has too many aliases: at most ${MAX_ALIASES} are read`;
  }
  return null;
}
