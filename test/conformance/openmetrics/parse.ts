/**
 * A strict parser of the OpenMetrics text format, for tests. Throws what is wrong.
 *
 * Source: OpenMetrics 1.0.0 and the expectations in vectors.json.
 */
import { type Line, lineOf, numberOf } from "./lex.ts";

export interface ParsedFamily {
  readonly name: string;
  type: string;
  help: string | null;
  unit: string | null;
  readonly samples: Line[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  unknown: [""],
  gauge: [""],
  stateset: [""],
  counter: ["_total", "_created"],
  summary: ["", "_count", "_sum", "_created"],
  histogram: ["_count", "_sum", "_bucket", "_created"],
  gaugehistogram: ["_gcount", "_gsum", "_bucket"],
  info: ["_info"],
};
const END = "# EOF";

/** The families of a text. */
export function parseOpenMetrics(text: string): readonly ParsedFamily[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "" && lines.length > 1) lines.pop();
  if (lines.pop() !== END) throw new Error("no # EOF at the end");
  const families: ParsedFamily[] = [];
  const taken = new Set<string>();
  const typed = new Set<string>();
  let family: ParsedFamily | null = null;
  const begin = (name: string): ParsedFamily => {
    if (family !== null) finish(family, taken);
    const next: ParsedFamily = { name, type: "unknown", help: null, unit: null, samples: [] };
    family = next;
    typed.clear();
    families.push(next);
    return next;
  };
  for (const line of lines) {
    if (line.startsWith("#")) {
      const [, kind, name, rest] = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/su.exec(line) ?? [];
      if (kind === undefined) throw new Error(`${line}: no such metadata`);
      const current = family as ParsedFamily | null;
      const own = current !== null && current.name === name ? current : begin(name!);
      if (own.samples.length > 0) throw new Error(`${line}: after samples`);
      if (typed.has(kind)) throw new Error(`${line}: said twice`);
      typed.add(kind);
      if (kind === "HELP") own.help = rest!;
      else if (kind === "UNIT") own.unit = rest!;
      else if (SUFFIXES[rest!] === undefined) throw new Error(`${line}: no such type`);
      else own.type = rest!;
      continue;
    }
    const sample = lineOf(line);
    const current = family as ParsedFamily | null;
    const isOwn = current !== null && SUFFIXES[current.type]!.some((suffix) => current.name + suffix === sample.name);
    (isOwn ? current : begin(sample.name)).samples.push(sample);
  }
  if (family !== null) finish(family, taken);
  return families;
}

function finish(family: ParsedFamily, taken: Set<string>): void {
  const { name, type, unit, samples } = family;
  for (const reserved of new Set([name, ...SUFFIXES[type]!.map((suffix) => name + suffix)])) {
    if (taken.has(reserved)) throw new Error(`${reserved} is the name of two`);
    taken.add(reserved);
  }
  if (unit !== null && unit !== "") {
    if (!name.endsWith(`_${unit}`)) throw new Error(`${name} does not end with its unit`);
    if (type === "info" || type === "stateset") throw new Error(`${name} has a unit`);
  }
  for (const sample of samples) checkSample(family, sample);
  for (const group of groupsOf(family)) {
    checkOrder(group);
    if (type === "histogram" || type === "gaugehistogram") checkHistogram(family, group);
  }
}

function checkSample({ name, type }: ParsedFamily, { name: shown, labels, value, exemplar }: Line): void {
  const suffix = shown.slice(name.length);
  const isBucket = suffix === "_bucket" && type.endsWith("histogram");
  if (exemplar && !isBucket && !(type === "counter" && suffix === "_total")) throw new Error(`${shown}: an exemplar`);
  if (isBucket) {
    if (Number.isNaN(numberOf(labels.get("le") ?? ""))) throw new Error(`${shown}: le is no bound`);
  }
  if (type === "info" && value !== 1) throw new Error(`${shown} is not 1`);
  if (type === "stateset" && ((value !== 0 && value !== 1) || !labels.has(name))) throw new Error(`${shown}: no state`);
  if (type === "summary" && suffix === "") {
    const quantile = numberOf(labels.get("quantile") ?? "");
    if (!(quantile >= 0 && quantile <= 1) || value < 0) throw new Error(`${shown}: no quantile`);
  }
  const isCount = type === "counter" || type.endsWith("histogram") || (type === "summary" && suffix !== "");
  if (isCount && (Number.isNaN(value) || (value < 0 && suffix !== "_gsum")))
    throw new Error(`${shown} counts ${value}`);
}

/** Samples of one metric, which have to be together. */
function groupsOf({ name, type, samples }: ParsedFamily): readonly (readonly Line[])[] {
  const groups = new Map<string, Line[]>();
  let last = "";
  for (const sample of samples) {
    const own = [...sample.labels].filter(
      ([label]) =>
        !(label === "le" && type.endsWith("histogram")) &&
        !(label === "quantile" && type === "summary") &&
        !(label === name && type === "stateset"),
    );
    const key = JSON.stringify(own.sort());
    const known = groups.get(key);
    if (known !== undefined && key !== last) throw new Error(`${sample.name}: not with the others of its metric`);
    if (known === undefined) groups.set(key, [sample]);
    else known.push(sample);
    last = key;
  }
  return [...groups.values()];
}

function checkOrder(group: readonly Line[]): void {
  const seen = new Map<string, number | null>();
  for (const { name, labels, timestamp } of group) {
    const key = JSON.stringify([name, [...labels].sort()]);
    const before = seen.get(key);
    if (before === null || (before !== undefined && (timestamp === null || timestamp < before))) {
      throw new Error(`${name}: twice, or out of order`);
    }
    seen.set(key, timestamp);
  }
}

function checkHistogram({ name, type }: ParsedFamily, group: readonly Line[]): void {
  const buckets = group.filter(({ name: shown }) => shown === `${name}_bucket`);
  const only = (suffix: string) => group.find(({ name: shown }) => shown === name + suffix)?.value;
  const isGauge = type === "gaugehistogram";
  const [count, sum] = isGauge ? [only("_gcount"), only("_gsum")] : [only("_count"), only("_sum")];
  // Several moments of one metric may follow each other; the last one is looked at.
  const bounds = buckets.map(({ labels }) => numberOf(labels.get("le")!));
  const from = bounds.findLastIndex((bound, i) => i > 0 && bound === bounds[0]);
  const last = bounds.slice(Math.max(0, from));
  const values = buckets.slice(Math.max(0, from)).map(({ value }) => value);
  if (last.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name}: no bucket up to +Inf`);
  for (let i = 1; i < last.length; i++) {
    if (last[i]! <= last[i - 1]!) throw new Error(`${name}: bounds are not in order`);
    if (values[i]! < values[i - 1]!) throw new Error(`${name}: buckets are not cumulative`);
  }
  const isNegative = last.some((bound) => bound < 0);
  if (sum !== undefined && isNegative && !isGauge) throw new Error(`${name}: a sum with negative buckets`);
  if (sum !== undefined && sum < 0 && !isNegative) throw new Error(`${name}: a negative sum`);
  if ((count === undefined) !== (sum === undefined)) throw new Error(`${name}: a count or a sum alone`);
  if (count !== undefined && count !== values.at(-1)) throw new Error(`${name}: the count is not that of the buckets`);
}
