/** Control characters that JSON leaves as they are: DEL, those of ISO 6429 beyond ASCII, and Unicode's ends of lines. */
const CONTROLS = /[\x7f-\x9f\u2028\u2029]/;

/**
 * A value as one line of JSON that can be shown on a terminal: what a caller wrote into it neither ends the line nor
 * commands the terminal. Never throws for plain data.
 */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value);
  if (!CONTROLS.test(text)) return text;
  return text.replaceAll(new RegExp(CONTROLS, "g"), (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
