/**
 * What the dashboards show, as data: a person on call sees first whether users are served, then where it is wrong, then why.
 * Every query is run against a real Prometheus by a test (test/prometheus).
 */

export type PanelUnit = "reqps" | "percentunit" | "s" | "short" | "ops" | "currencyUSD" | "bool";

export interface Query {
  readonly expr: string;
  /** As Grafana writes it: {{label}}. "" shows the labels. */
  readonly legend: string;
}

export interface PanelDefinition {
  readonly title: string;
  readonly description: string;
  readonly kind: "graph" | "stat" | "timeline";
  readonly unit: PanelUnit;
  readonly queries: readonly Query[];
  /** Of the 24 columns. */
  readonly width: 4 | 6 | 8 | 12 | 24;
  /** From where on a value is a warning, and from where on an alarm; absent: never. Falling, where the first is the larger. */
  readonly thresholds?: readonly [warning: number, alarm: number];
}

export interface RowDefinition {
  readonly title: string;
  readonly panels: readonly PanelDefinition[];
}

export interface DashboardDefinition {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Variables besides the data source, each with the query of its values. */
  readonly variables: readonly { readonly name: string; readonly query: string; readonly isMulti: boolean }[];
  readonly rows: readonly RowDefinition[];
}

/** A graph of the usual size. */
export function graph(
  title: string,
  unit: PanelUnit,
  description: string,
  ...queries: readonly (readonly [expr: string, legend: string])[]
): PanelDefinition {
  return { title, description, kind: "graph", unit, width: 12, queries: queries.map(toQuery) };
}

/** One number. */
export function stat(
  title: string,
  unit: PanelUnit,
  description: string,
  expr: string,
  thresholds?: readonly [number, number],
): PanelDefinition {
  const panel = { title, description, kind: "stat", unit, width: 4, queries: [{ expr, legend: "" }] } as const;
  return thresholds === undefined ? panel : { ...panel, thresholds };
}

/** States over time, one line each. */
export function timeline(title: string, description: string, expr: string, legend: string): PanelDefinition {
  return { title, description, kind: "timeline", unit: "bool", width: 12, queries: [{ expr, legend }] };
}

function toQuery([expr, legend]: readonly [string, string]): Query {
  return { expr, legend };
}

export const RATE = "$__rate_interval";

export const SERVICE = { name: "service", query: "label_values(heddle_reporters, service)", isMulti: false };
export const REGION = {
  name: "region",
  query: 'label_values(heddle_reporters{service="$service"}, region)',
  isMulti: true,
};
