/** The admin API's overrides. */
import { z } from "zod";
import { type Cell, type Column, fitTable } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint } from "../terminal.ts";
import { ago, briefly } from "../when.ts";
import type { Control } from "./client.ts";
import { listOf } from "./pages.ts";
import { type Override, overrideShape, type Target } from "./shapes.ts";
import { targetText } from "./target.ts";

export interface OverrideRequest {
  readonly target: Target;
  readonly action: string;
  readonly percent?: number;
  /** Absent: until it is cleared. */
  readonly forMs?: number;
  readonly reason?: string;
  /** Though no endpoint is left. */
  readonly force?: boolean;
}

const impactShape = z.looseObject({ endpoints: z.number(), left: z.number(), serving: z.number() });
const operatedShape = z.looseObject({
  override: overrideShape,
  impact: impactShape.nullish(),
  warning: z.string().nullish(),
});
export type Operated = z.infer<typeof operatedShape>;

/** Says something of endpoints of a service. */
export function override(control: Control, service: string, request: OverrideRequest): Promise<Operated> {
  return control.get(path(service), operatedShape, { method: "POST", json: request });
}

/** Overrides of all services, or of one. */
export async function overrides(control: Control, service: string | null): Promise<readonly Override[]> {
  const { items } = await listOf(control, "/v1/overrides", overrideShape, Number.POSITIVE_INFINITY, {
    service: service ?? undefined,
  });
  return service === null ? items : items.filter((one) => one.service === undefined || one.service === service);
}

/** Takes one back. */
export async function clear(control: Control, service: string, { id }: Override): Promise<void> {
  await control.call(`${path(service)}/${encodeURIComponent(id)}`, { method: "DELETE" });
}

const COLUMNS: readonly Column[] = [
  { title: "service", min: 8 },
  { title: "target", min: 10 },
  { title: "action" },
  { title: "state" },
  { title: "ends in" },
  { title: "since", drop: 2 },
  { title: "by", min: 6, drop: 1 },
  { title: "reason", min: 8, drop: 3 },
  { title: "id", min: 8, drop: 4 },
];

/** Overrides as a table. */
export function renderOverrides(items: readonly Override[], width: number, paint: Paint, nowMs: number): string[] {
  if (items.length === 0) return ["no overrides are in force"];
  const rows = items.map((one): Cell[] => [
    { text: one.service ?? "", paint: paint.bold },
    targetText(one.target),
    { text: actionText(one), paint: paint.yellow },
    stateCell(one, paint),
    one.untilMs == null ? "when cleared" : briefly(one.untilMs - nowMs),
    one.atMs === undefined ? "" : ago(one.atMs, nowMs),
    one.by ?? "",
    one.reason ?? "",
    { text: one.id, paint: paint.dim },
  ]);
  return fitTable(COLUMNS, rows, width, paint.dim);
}

/** What an override says, in a few words. */
export function actionText({ action, percent }: Override): string {
  return action === "weight" ? `weight ${percent ?? "?"} %` : plain(action);
}

function stateCell({ action, state }: Override, paint: Paint): Cell {
  const text = (state ?? (action === "drain" ? "draining" : "in-force")).replace("-", " ");
  return { text, paint: text === "draining" ? paint.yellow : text === "drained" ? paint.green : (same) => same };
}

function path(service: string): string {
  return `/v1/services/${encodeURIComponent(service)}/overrides`;
}
