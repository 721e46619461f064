import { type Cell, type Column, cut, fitTable } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint } from "../terminal.ts";
import { briefly } from "../when.ts";
import { actionText } from "./overrides.ts";
import { withFix } from "./problem-fix.ts";
import type { Counts, EndpointState, ServiceProblem, ServiceSummary } from "./services.ts";
import type { Override } from "./shapes.ts";

/** Of a service in one word: what its callers can feel of its endpoints. */
export type ServiceHealth = "healthy" | "degraded" | "down" | "unknown";

/**
 * `down`: no endpoint takes traffic. `degraded`: some do not, and no operator said so. `unknown`: it has none.
 *
 * - `problems`: what keeps requests from endpoints that are well.
 */
export function healthOf(
  { total, left, serving }: Counts,
  problems: readonly Pick<ServiceProblem, "all">[] = [],
): ServiceHealth {
  if (total === 0) return "unknown";
  if (serving === 0 || problems.some(({ all }) => all)) return "down";
  return serving < left || problems.length > 0 ? "degraded" : "healthy";
}

/** Problems of services, each with its fix, a line each. */
export function renderProblems(
  services: readonly Pick<ServiceSummary, "service" | "problems">[],
  width: number,
  paint: Paint,
): string[] {
  return services.flatMap(({ service, problems = [] }) =>
    problems.map(({ detail, endpoints, all }) => {
      const what = all ? "no request is answered" : `no request is sent to ${endpoints.join(", ")}`;
      return paint.red(cut(plain(`! ${service}: ${what}: ${withFix(detail)}`), width));
    }),
  );
}

const SERVICE_COLUMNS: readonly Column[] = [
  { title: "service", min: 10 },
  { title: "health" },
  { title: "serving", align: "right" },
  { title: "requests/s", align: "right" },
  { title: "success", align: "right" },
  { title: "overrides", align: "right", drop: 2 },
  { title: "regions", min: 8, drop: 3 },
  { title: "mesh", drop: 4 },
];

/** Services as a table, a line each. `missing`: those that gave no answer. */
export function renderServices(
  items: readonly ServiceSummary[],
  missing: readonly string[],
  width: number,
  paint: Paint,
): string[] {
  if (items.length === 0 && missing.length === 0) return ["the mesh has no services"];
  const rows = items.map((one): Cell[] => [
    { text: one.service, paint: paint.bold },
    serviceHealthCell(healthOf(one.endpoints, one.problems), paint),
    `${one.endpoints.serving}/${one.endpoints.total}`,
    rate(one.rps),
    successCell(one.successRatio, paint),
    one.overrides === 0 ? "" : { text: `${one.overrides}`, paint: paint.yellow },
    one.regions.join(" "),
    { text: one.meshVersion.slice(0, 12), paint: paint.dim },
  ]);
  const silent = missing.map((name): Cell[] => [
    { text: name, paint: paint.bold },
    { text: "no answer", paint: paint.red },
  ]);
  return fitTable(SERVICE_COLUMNS, [...rows, ...silent], width, paint.dim);
}

const ENDPOINT_COLUMNS: readonly Column[] = [
  { title: "endpoint", min: 8 },
  { title: "health" },
  { title: "breaker" },
  { title: "requests/s", align: "right", drop: 4 },
  { title: "success", align: "right" },
  { title: "latency", align: "right" },
  { title: "p99", align: "right", drop: 3 },
  { title: "in flight", align: "right", drop: 5 },
  { title: "where", min: 8, drop: 2 },
  { title: "told", min: 6, drop: 1 },
  { title: "address", min: 16, drop: 6 },
];

/** Endpoints as a table. `overrides`: those that their ids may name. */
export function renderEndpoints(
  items: readonly EndpointState[],
  overrides: readonly Override[],
  width: number,
  paint: Paint,
): string[] {
  if (items.length === 0) return ["it has no endpoints"];
  const rows = items.map((one): Cell[] => {
    const seen = merged(one);
    const told = overrides.filter(({ id }) => one.overrides.includes(id)).map(actionText);
    return [
      { text: one.id, paint: paint.bold },
      healthCell(one.health, paint),
      breakerCell(one, seen.openForMs, paint),
      rate(one.rps),
      successCell(seen.successRatio, paint),
      latency(seen.latencyMs),
      latency(seen.p99Ms),
      `${Math.round(one.inFlight)}`,
      [one.locality.cloud, one.locality.region].filter((part) => part !== "").join("/"),
      { text: [...told, ...(one.leaving === true ? ["leaving"] : [])].join(", "), paint: paint.yellow },
      { text: one.address, paint: paint.dim },
    ];
  });
  return fitTable(ENDPOINT_COLUMNS, rows, width, paint.dim);
}

export interface Merged {
  /** 0..1; null without traffic in the last minute. */
  readonly successRatio: number | null;
  /** Mean over the regions by their traffic; null where no region has met it. */
  readonly latencyMs: number | null;
  /** Of the slowest region: quantiles cannot be added. */
  readonly p99Ms: number | null;
  readonly openForMs: number;
}

/** An endpoint over its regions. */
export function merged({ regions }: Pick<EndpointState, "regions">): Merged {
  const busy = regions.filter(({ minute }) => minute !== null && minute.rps > 0);
  const rps = busy.reduce((sum, { minute }) => sum + minute!.rps, 0);
  const mean = (value: (region: (typeof regions)[number]) => number) =>
    busy.reduce((sum, region) => sum + value(region) * region.minute!.rps, 0) / rps;
  const p99s = busy.flatMap(({ minute }) => (minute!.p99Ms === null ? [] : [minute!.p99Ms]));
  return {
    successRatio: rps > 0 ? mean(({ minute }) => minute!.successRatio ?? 1) : null,
    latencyMs: rps > 0 ? mean(({ latencyMs }) => latencyMs) : null,
    p99Ms: p99s.length === 0 ? null : Math.max(...p99s),
    openForMs: Math.max(0, ...regions.map(({ openForMs }) => openForMs)),
  };
}

function serviceHealthCell(text: ServiceHealth, paint: Paint): Cell {
  const colours = { healthy: paint.green, degraded: paint.yellow, down: paint.red, unknown: paint.dim };
  return { text, paint: colours[text] };
}

function healthCell(health: string, paint: Paint): Cell {
  const colours: Readonly<Record<string, (text: string) => string>> = {
    healthy: paint.green,
    unhealthy: paint.red,
    unknown: paint.dim,
  };
  return { text: health, paint: colours[health] ?? paint.yellow };
}

function breakerCell({ breaker }: EndpointState, openForMs: number, paint: Paint): Cell {
  const left = breaker === "open" && openForMs >= 1_000 ? ` ${briefly(openForMs)}` : "";
  const colour = breaker === "closed" ? paint.green : breaker === "open" ? paint.red : paint.yellow;
  return { text: `${breaker}${left}`, paint: colour };
}

/** Below 99 % is red, below 99.9 % yellow: what people set alarms to. */
export function successCell(ratio: number | null, paint: Paint): Cell {
  if (ratio === null) return "-";
  const text = ratio === 1 ? "100 %" : `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`;
  return { text, paint: ratio < 0.99 ? paint.red : ratio < 0.999 ? paint.yellow : paint.green };
}

export function rate(rps: number): string {
  return rps.toFixed(rps === 0 || rps >= 100 ? 0 : 1);
}

export function latency(ms: number | null): string {
  if (ms === null) return "-";
  return ms >= 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}
