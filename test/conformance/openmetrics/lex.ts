/** One line of a sample, taken apart. Throws what is wrong with it. */

export interface Line {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly timestamp: number | null;
  readonly exemplar: boolean;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const NUMBER = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|Inf(?:inity)?|NaN)$/;
/** Code points of an exemplar's labels, names and values. */
const MAX_EXEMPLAR = 128;

/** A number as the format writes it. */
export function numberOf(text: string): number {
  if (!NUMBER.test(text)) throw new Error(`${JSON.stringify(text)} is no number`);
  return Number(text.replace(/Inf(inity)?/, "Infinity"));
}

export function lineOf(text: string): Line {
  const [name, afterName] = take(NAME, text, 0);
  const [labels, end] = text[afterName] === "{" ? labelsOf(text, afterName) : [new Map<string, string>(), afterName];
  if (text[end] !== " ") throw new Error("no space before the value");
  const rest = text.slice(end + 1);
  const cut = rest.indexOf(" # ");
  const [value, timestamp] = numbers(cut < 0 ? rest : rest.slice(0, cut));
  const exemplar = cut < 0 ? undefined : rest.slice(cut + " # ".length);
  if (exemplar !== undefined) checkExemplar(exemplar);
  return { name, labels, value, timestamp, exemplar: exemplar !== undefined };
}

function checkExemplar(text: string): void {
  if (text[0] !== "{") throw new Error("an exemplar without labels");
  const [labels, end] = labelsOf(text, 0);
  if (text[end] !== " ") throw new Error("no space before the exemplar's value");
  numbers(text.slice(end + 1));
  const length = [...labels].reduce((sum, [label, value]) => sum + [...label].length + [...value].length, 0);
  if (length > MAX_EXEMPLAR) throw new Error("an exemplar's labels are too long");
}

function numbers(text: string): readonly [value: number, timestamp: number | null] {
  const [value, timestamp, ...more] = text.split(" ");
  if (more.length > 0) throw new Error("more than a value and a timestamp");
  if (timestamp === undefined) return [numberOf(value!), null];
  const atS = numberOf(timestamp);
  if (!Number.isFinite(atS)) throw new Error("a timestamp that is no time");
  return [numberOf(value!), atS];
}

function labelsOf(text: string, open: number): readonly [labels: Map<string, string>, end: number] {
  const labels = new Map<string, string>();
  let at = open + 1;
  if (text[at] === "}") return [labels, at + 1];
  for (;;) {
    const [label, afterLabel] = take(LABEL, text, at);
    if (!text.startsWith('="', afterLabel)) throw new Error(`label ${label} has no value`);
    const [value, end] = quoted(text, afterLabel + 2);
    if (labels.has(label)) throw new Error(`label ${label} is there twice`);
    labels.set(label, value);
    if (text[end] === "}") return [labels, end + 1];
    if (text[end] !== ",") throw new Error("no comma between labels");
    at = end + 1;
  }
}

function quoted(text: string, from: number): readonly [value: string, end: number] {
  let value = "";
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') return [value, at + 1];
    if (char === "\\" && 'n"\\'.includes(text[at + 1] ?? " ")) {
      at++;
      value += text[at] === "n" ? "\n" : text[at];
    } else {
      value += char;
    }
  }
  throw new Error("a label's value does not end");
}

function take(pattern: RegExp, text: string, at: number): readonly [found: string, end: number] {
  pattern.lastIndex = at;
  const found = pattern.exec(text)?.[0];
  if (found === undefined) throw new Error(`no name at ${at}`);
  return [found, at + found.length];
}
