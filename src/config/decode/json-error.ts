export interface JsonError {
  /** Of the first character that cannot stand where it does. */
  readonly offset: number;
  readonly message: string;
}

/**
 * What JSON.parse has against `text`, and where; null when it is JSON. Never throws.
 *
 * V8 tells the position of some errors only. The others are found by halving: a text that was cut before its error ends
 * too early, one that was cut after it has the same error.
 */
export function jsonErrorOf(text: string): JsonError | null {
  const reason = reasonOf(text);
  if (reason === null) return null;
  const message = reason
    .replace(/,? (\.{3})?"[\s\S]* is not valid JSON$/, "")
    .replace(/ (in JSON )?at position .*$/, "");
  return { offset: positionIn(reason) ?? firstBad(text), message };
}

function firstBad(text: string): number {
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (endsTooEarly(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return endsTooEarly(text) ? text.length : bad - 1;
}

function endsTooEarly(text: string): boolean {
  const reason = reasonOf(text);
  if (reason === null) return true;
  return reason.startsWith("Unexpected end") || reason.startsWith("Unterminated") || positionIn(reason) === text.length;
}

function reasonOf(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function positionIn(reason: string): number | null {
  const position = /at position (\d+)/.exec(reason)?.[1];
  return position === undefined ? null : Number(position);
}
