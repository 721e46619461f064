/**
 * Text from elsewhere as one line that does nothing to a terminal: control characters, line ends and the marks that turn
 * the direction of writing become spaces or vanish. Never throws.
 */
export function plain(text: string): string {
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, " ").replace(UNSAFE, "");
}

/** C0 and C1 control characters, and the bidirectional controls (Unicode UAX #9, section 2). */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
