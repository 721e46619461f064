/** Whether a text was drawn by chance, as keys are, or written by somebody. */

/** Shorter ones cannot be told from words, characters. */
const MIN_LENGTH = 16;
/** Shannon entropy of the characters, bits each. 16 random ones of base64 have 3.4 or more in 99 of 100 cases. */
const MIN_BITS = 3.3;
/** The same for hex digits: at most 4 bits each; 32 random ones have 3.1 or more in 99 of 100 cases. */
const MIN_HEX_BITS = 3;

/** Told by people to people: <key>, ${KEY}, {{ key }}, %KEY%, xxxx, changeme. */
const PLACEHOLDER =
  /^(?:<.*>|\$\{?.*\}?|\{\{?.*\}\}?|%.*%|\[.*\])$|^(?:x+|\*+|\.+|•+)$|(?:change|replace)[-_ ]?(?:me|this)|your[-_ ]|placeholder|redacted/i;
/** Of patterns and templates, and of sentences: no alphabet of a key has these. */
const NO_KEY = /[\s{}()[\]*?|\\^$<>"'`;,]/;
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]|$)/;
/** What is between punctuation in a text that somebody wrote: words, numbers, "v2", "us1". */
const WRITTEN = /^(?:[A-Z]?[a-z]{1,15}\d{0,3}|[A-Z]{1,15}\d{0,3}|v?\d{1,8})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Never throws. Linear. */
export function isRandom(text: string): boolean {
  if (UUID.test(text)) return true;
  if (text.length < MIN_LENGTH || NO_KEY.test(text) || TIME.test(text) || isPlaceholder(text)) return false;
  const parts = text.split(/[^A-Za-z0-9]+/).filter((part) => part !== "");
  const words = parts.flatMap((part) => part.split(/(?<=[a-z\d])(?=[A-Z][a-z])/));
  if (words.every((word) => WRITTEN.test(word)) && !looksDrawn(words)) return false;
  const isHex = /^[0-9a-fA-F]+$/.test(text);
  return bitsOf(text) >= (isHex ? MIN_HEX_BITS : MIN_BITS);
}

/** Nobody writes many words of one to three characters in a row: "a8", "Kd", "x2" … */
function looksDrawn(words: readonly string[]): boolean {
  const short = words.filter((word) => word.length <= 3).length;
  return words.length >= 8 && short / words.length > 0.6;
}

/** Shannon entropy of a text's characters, bits each; 0 for an empty one. */
function bitsOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
