/** A place in a pattern, moved by whoever takes something. */
export interface Cursor {
  readonly text: string;
  /** In UTF-16 units. */
  at: number;
  /** Up to here every character stands for itself: between \\Q and \\E, or the end. */
  quotedTo: number;
}

export function cursorOf(text: string): Cursor {
  return { text, at: 0, quotedTo: 0 };
}

/** The next character, a whole code point; "" at the end. */
export function peek({ text, at }: Cursor): string {
  const point = text.codePointAt(at);
  return point === undefined ? "" : String.fromCodePoint(point);
}

/** The same, and moves behind it. */
export function take(cursor: Cursor): string {
  const char = peek(cursor);
  cursor.at += char.length;
  return char;
}

/** Moves behind `text` when it is next. */
export function takeIf(cursor: Cursor, text: string): boolean {
  if (!cursor.text.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}

export function isQuoted({ at, quotedTo }: Cursor): boolean {
  return at < quotedTo;
}

/** Moves behind every \Q that is next; one that quotes nothing is passed over together with its \E. */
export function openQuote(cursor: Cursor): void {
  while (!isQuoted(cursor) && takeIf(cursor, "\\Q")) {
    const end = cursor.text.indexOf("\\E", cursor.at);
    cursor.quotedTo = end < 0 ? cursor.text.length : end;
    if (!isQuoted(cursor)) takeIf(cursor, "\\E");
  }
}

/** The next quoted character; moves behind it, and behind the \E that follows the last. */
export function takeQuoted(cursor: Cursor): string {
  const char = take(cursor);
  if (!isQuoted(cursor)) takeIf(cursor, "\\E");
  return char;
}
