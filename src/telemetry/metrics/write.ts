/**
 * Metric families as text: OpenMetrics 1.0, and Prometheus' text format 0.0.4 for those who do not know that. Our own, since what
 * there is keeps registries of counters of its own process, and we have families that others counted.
 *
 * Sources: OpenMetrics 1.0.0, "Text Format"; Prometheus, "Exposition formats".
 */

export type Labels = readonly (readonly [name: string, value: string])[];

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** Buckets are cumulative, without the one up to +Inf, which is `count`. */
export interface HistogramSample {
  readonly labels: Labels;
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sum: number;
}

interface Described {
  /** Without the suffix of its type. Ends with its unit, where it has one. */
  readonly name: string;
  readonly help: string;
  /** A base unit: "seconds". "" for none. */
  readonly unit: string;
}

export type MetricFamily = Described &
  (
    | { readonly type: "counter" | "gauge" | "info"; readonly samples: readonly Sample[] }
    | {
        readonly type: "histogram";
        readonly bounds: readonly number[];
        readonly histograms: readonly HistogramSample[];
      }
  );

export type Format = "openmetrics" | "text";

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  text: "text/plain; version=0.0.4; charset=utf-8",
};

/**
 * Which of the two an Accept header prefers. None, or one that takes anything: the text format, which everybody reads.
 * Never throws.
 */
export function formatFor(accept: string | null): Format {
  const weights = { openmetrics: 0, text: 0 };
  for (const one of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = one.split(";").map((part) => part.trim().toLowerCase());
    const asked = parameters.find((parameter) => parameter.startsWith("q="));
    const weight = asked === undefined ? 1 : Number(asked.slice(2)) || 0;
    const version = parameters.find((parameter) => parameter.startsWith("version="))?.slice("version=".length);
    if (type === "application/openmetrics-text" && (version === undefined || /^"?[01]\./.test(version))) {
      weights.openmetrics = Math.max(weights.openmetrics, weight);
    } else if (type === "text/plain" || type === "text/*" || type === "*/*") {
      weights.text = Math.max(weights.text, weight);
    }
  }
  return weights.openmetrics > 0 && weights.openmetrics >= weights.text ? "openmetrics" : "text";
}

/** The families as text. Families without samples are left out. Linear. Never throws. */
export function writeMetrics(families: readonly MetricFamily[], format: Format): string {
  const lines: string[] = [];
  for (const family of families) writeFamily(lines, family, format);
  if (format === "openmetrics") lines.push("# EOF");
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function writeFamily(lines: string[], family: MetricFamily, format: Format): void {
  const { name, help, unit, type } = family;
  const isOpen = format === "openmetrics";
  // The older format knows no suffixes: there, the family has the name of its samples.
  const shown = isOpen ? name : type === "counter" ? `${name}_total` : type === "info" ? `${name}_info` : name;
  if ((type === "histogram" ? family.histograms : family.samples).length === 0) return;
  lines.push(`# HELP ${shown} ${isOpen ? escapeLabel(help) : escapeHelp(help)}`);
  lines.push(`# TYPE ${shown} ${!isOpen && type === "info" ? "gauge" : type}`);
  if (isOpen && unit !== "") lines.push(`# UNIT ${name} ${unit}`);
  if (type === "histogram") {
    for (const one of family.histograms) writeHistogram(lines, name, family.bounds, one);
    return;
  }
  const suffix = type === "counter" ? "_total" : type === "info" ? "_info" : "";
  for (const { labels, value } of family.samples) lines.push(sample(name + suffix, labels, value));
}

function writeHistogram(lines: string[], name: string, bounds: readonly number[], one: HistogramSample): void {
  const { labels, buckets, count, sum } = one;
  for (const [i, bound] of bounds.entries()) {
    lines.push(sample(`${name}_bucket`, [...labels, ["le", canonical(bound)]], buckets[i]!));
  }
  lines.push(sample(`${name}_bucket`, [...labels, ["le", "+Inf"]], count));
  lines.push(sample(`${name}_count`, labels, count), sample(`${name}_sum`, labels, sum));
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = labels.map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}

/** As OpenMetrics writes bounds: "1.0" and not "1". The same in both formats, or the series would change with the format. */
function canonical(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
