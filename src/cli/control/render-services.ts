import { type Cell, type Column, fitTable } from "../fit-table.ts";
import type { Paint } from "../terminal.ts";
import { briefly } from "../when.ts";
import { actionText } from "./overrides.ts";
import type { EndpointState, ServiceState } from "./services.ts";

/** Health in one word for a service: the worst that its callers can feel. */
export type ServiceHealth = "healthy" | "degraded" | "down" | "unknown";

/** `degraded`: an endpoint takes no traffic though nobody said so. `down`: none does. */
export function healthOf({ endpoints }: Pick<ServiceState, "endpoints">): ServiceHealth {
  if (endpoints.length === 0) return "unknown";
  if (!endpoints.some(mayServe)) return "down";
  if (endpoints.some((one) => !mayServe(one) && !isTold(one))) return "degraded";
  return endpoints.every(({ health }) => health === "unknown") ? "unknown" : "healthy";
}

function mayServe({ health, breaker }: EndpointState): boolean {
  return breaker !== "open" && (health === "healthy" || health === "unknown");
}

function isTold({ health }: EndpointState): boolean {
  return health === "drained" || health === "disabled";
}

const SERVICE_COLUMNS: readonly Column[] = [
  { title: "service", min: 10 },
  { title: "health" },
  { title: "endpoints", align: "right" },
  { title: "requests/s", align: "right" },
  { title: "success", align: "right" },
  { title: "p50", align: "right", drop: 3 },
  { title: "p99", align: "right", drop: 1 },
  { title: "regions", min: 8, drop: 2 },
];

/** Services as a table, a line each. */
export function renderServices(items: readonly ServiceState[], width: number, paint: Paint): string[] {
  if (items.length === 0) return ["the mesh has no services"];
  const rows = items.map((one): Cell[] => [
    { text: one.name, paint: paint.bold },
    serviceHealthCell(one, paint),
    `${one.endpoints.filter(mayServe).length}/${one.endpoints.length}`,
    rate(one.rps),
    successCell(one.successRatio, paint),
    latency(one.p50Ms),
    latency(one.p99Ms),
    (one.regions ?? []).join(" "),
  ]);
  return fitTable(SERVICE_COLUMNS, rows, width, paint.dim);
}

const ENDPOINT_COLUMNS: readonly Column[] = [
  { title: "endpoint", min: 8 },
  { title: "health" },
  { title: "breaker" },
  { title: "share", align: "right", drop: 5 },
  { title: "requests/s", align: "right", drop: 4 },
  { title: "success", align: "right" },
  { title: "latency", align: "right" },
  { title: "p99", align: "right", drop: 3 },
  { title: "where", min: 8, drop: 1 },
  { title: "told", min: 6, drop: 6 },
  { title: "address", min: 16, drop: 7 },
];

/** The endpoints of a service as a table. */
export function renderEndpoints(items: readonly EndpointState[], width: number, paint: Paint): string[] {
  const rows = items.map((one): Cell[] => [
    { text: one.id, paint: paint.bold },
    healthCell(one.health, paint),
    breakerCell(one, paint),
    one.probability == null ? "" : `${(one.probability * 100).toFixed(0)} %`,
    rate(one.rps),
    successCell(successOf(one), paint),
    latency(one.p50Ms ?? one.latencyMs),
    latency(one.p99Ms),
    [one.locality?.cloud, one.locality?.region].filter((part) => part !== undefined && part !== "").join("/"),
    { text: (one.overrides ?? []).map(actionText).join(", "), paint: paint.yellow },
    { text: one.address ?? "", paint: paint.dim },
  ]);
  return fitTable(ENDPOINT_COLUMNS, rows, width, paint.dim);
}

/** 0..1, of the last minute where it was counted, of the decayed sums otherwise. */
export function successOf({ successRatio, failureRatio }: EndpointState): number | null {
  if (successRatio !== undefined) return successRatio;
  return failureRatio == null ? null : 1 - failureRatio;
}

function serviceHealthCell(one: ServiceState, paint: Paint): Cell {
  const text = healthOf(one);
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

function breakerCell({ breaker, openForMs }: EndpointState, paint: Paint): Cell {
  const left = breaker === "open" && openForMs != null && openForMs > 0 ? ` ${briefly(openForMs)}` : "";
  const colour = breaker === "closed" ? paint.green : breaker === "open" ? paint.red : paint.yellow;
  return { text: `${breaker}${left}`, paint: colour };
}

/** Below 99 % is red, below 99.9 % yellow: what people set alarms to. */
function successCell(ratio: number | null | undefined, paint: Paint): Cell {
  if (ratio == null) return "-";
  const text = ratio === 1 ? "100 %" : `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`;
  return { text, paint: ratio < 0.99 ? paint.red : ratio < 0.999 ? paint.yellow : paint.green };
}

export function rate(rps: number | null | undefined): string {
  if (rps == null) return "-";
  return rps.toFixed(rps === 0 || rps >= 100 ? 0 : 1);
}

export function latency(ms: number | null | undefined): string {
  if (ms == null) return "-";
  return ms >= 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}
