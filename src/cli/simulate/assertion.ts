/**
 * What a game day is held to, as it is typed: `[SCOPE.]METRIC OPERATOR VALUE`, such as `success>=99.9%` or
 * `during.p99 < 300ms`.
 */
import { parseDuration } from "../../config/duration.ts";
import { nearest } from "../../config/nearest.ts";
import { formatMetric, METRICS, type Metric, SCOPES, type Scope, type Unit } from "../../simulate/report/metrics.ts";
import type { SimulationResult } from "../../simulate/result.ts";
import type { Reading } from "./targets.ts";

export const OPERATORS = [">=", "<=", ">", "<"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Assertion {
  /** As it was typed. */
  readonly text: string;
  readonly scope: Scope;
  readonly metric: Metric;
  readonly operator: Operator;
  /** In the metric's unit; ratios 0..1. */
  readonly limit: number;
}

/** `absent`: this day has nothing to hold to it, such as a time to detect without a faulty endpoint. */
export type Verdict = "holds" | "fails" | "absent";

const SHAPE = /^\s*(?:([a-z]+)\.(?=[a-z]))?([a-z][a-z0-9.]*)\s*(>=|<=|>|<)\s*(\S.*?)\s*$/i;

/** Reads an assertion. Never throws; what does not fit is refused with what was expected. */
export function readAssertion(text: string): Reading<Assertion> {
  const [, scopeName, metricName, operator, valueText] = SHAPE.exec(text) ?? [];
  if (metricName === undefined || valueText === undefined) {
    return refused(`expected [SCOPE.]METRIC, one of ${OPERATORS.join(" ")}, and a value, such as success>=99.9%`);
  }
  const scope = SCOPES.find((name) => name === (scopeName ?? "whole"));
  if (scope === undefined) return unknown("scope", scopeName!, SCOPES);
  const metric = METRICS.find(({ name }) => name === metricName);
  if (metric === undefined) {
    return unknown(
      "metric",
      metricName,
      METRICS.map(({ name }) => name),
    );
  }
  if (scopeName !== undefined && !metric.isScoped) {
    return refused(`${metric.name} is told of the whole day only: leave out "${scopeName}."`);
  }
  const limit = readValue(metric.unit, valueText);
  if (limit === null)
    return refused(`"${valueText}" is not a value of ${metric.name}: expected ${VALUES[metric.unit]}`);
  return { ok: true, value: { text: text.trim(), scope, metric, operator: operator as Operator, limit } };
}

/** Whether a day keeps to an assertion. What never happened is infinitely late. Never throws. */
export function judge({ metric, scope, operator, limit }: Assertion, result: SimulationResult): Verdict {
  const value = metric.read(result, scope);
  if (Number.isNaN(value)) return "absent";
  return compare(value, operator, limit) ? "holds" : "fails";
}

/** What the value was, with as many digits as it takes to tell it from the limit. */
export function describeValue({ metric, scope, limit }: Assertion, result: SimulationResult): string {
  const value = metric.read(result, scope);
  const usual = formatMetric(metric.unit, value);
  if (value === limit || usual !== formatMetric(metric.unit, limit)) return usual;
  const [shown, unit] = metric.unit === "ratio" ? [value * 100, " %"] : [value, metric.unit === "ms" ? " ms" : ""];
  return `${metric.unit === "dollars" ? "$" : ""}${Number(shown.toPrecision(10))}${unit}`;
}

function compare(value: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case ">=":
      return value >= limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case "<":
      return value < limit;
  }
}

const VALUES: Readonly<Record<Unit, string>> = {
  ratio: "a percentage such as 99.9%, or a share from 0 to 1",
  ms: "a duration such as 300ms or 1m30s",
  count: "a number such as 0.05",
  dollars: "an amount such as $0.35",
};

const NUMBER = /^[0-9]+(?:\.[0-9]+)?$/;

function readValue(unit: Unit, text: string): number | null {
  switch (unit) {
    case "ratio":
      return readRatio(text);
    case "ms":
      return parseDuration(text) ?? readFraction(text);
    case "count":
      return NUMBER.test(text) ? Number(text) : null;
    case "dollars":
      return NUMBER.test(text.replace(/^\$/, "")) ? Number(text.replace(/^\$/, "")) : null;
  }
}

function readRatio(text: string): number | null {
  const [, digits, sign] = /^([0-9]+(?:\.[0-9]+)?) ?(%?)$/.exec(text) ?? [];
  if (digits === undefined) return null;
  // Shifting the decimal point gives the nearest number to 0.999; dividing 99.9 by 100 does not.
  const ratio = sign === "%" ? Number(`${digits}e-2`) : Number(digits);
  return ratio <= 1 ? ratio : null;
}

/** "2.5ms", "1.5s": measured times have fractions, unlike the config's. */
function readFraction(text: string): number | null {
  const [, digits, unit] = /^([0-9]+\.[0-9]+)(ms|s)$/.exec(text) ?? [];
  return digits === undefined ? null : Number(digits) * (unit === "s" ? 1_000 : 1);
}

function unknown(noun: string, name: string, known: readonly string[]): Reading<never> {
  const suggestion = nearest(name, known);
  const message = `there is no ${noun} "${name}"`;
  return suggestion === undefined
    ? refused(`${message}; there are ${known.join(", ")}`)
    : { ok: false, message, suggestion };
}

function refused(message: string): Reading<never> {
  return { ok: false, message };
}
