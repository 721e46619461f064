/** What `heddle top` shows: every endpoint of the mesh in one list that can be sorted. */
import type { Access } from "../context/access.ts";
import type { Overview } from "../control/overview.ts";
import { healthOf, renderEndpoints, successOf } from "../control/render-services.ts";
import type { EndpointState } from "../control/services.ts";
import { cut } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint } from "../terminal.ts";

export type Order = "traffic" | "failures" | "latency" | "name";

/** Keys that choose an order, as the last line of the frame lists them. */
export const ORDER_KEYS: Readonly<Record<string, Order>> = { t: "traffic", f: "failures", l: "latency", n: "name" };

export interface View {
  readonly order: Order;
  readonly isPaused: boolean;
  /** Why there is nothing newer; "" when there is. */
  readonly trouble: string;
}

export interface FrameInput {
  readonly seen: Overview;
  readonly access: Pick<Access, "name" | "control">;
  readonly view: View;
  readonly columns: number;
  readonly atMs: number;
  /** Whether somebody is there to press keys. */
  readonly isLive: boolean;
}

/** The frame as lines, none wider than the terminal. */
export function renderFrame({ seen, access, view, columns, atMs, isLive }: FrameInput, paint: Paint): string[] {
  const { version, services, overrides, alarms, refusals } = seen;
  const counts = { healthy: 0, degraded: 0, down: 0, unknown: 0 };
  for (const one of services) counts[healthOf(one)] += 1;
  const rps = services.reduce((sum, one) => sum + (one.rps ?? 0), 0);
  const head = `${access.name}  ${version === null ? "bundled mesh" : `version ${version.version}`}  ${new Date(atMs).toISOString().slice(11, 19)}Z`;
  const sum = [
    `${services.length} services`,
    ...(["down", "degraded"] as const).filter((word) => counts[word] > 0).map((word) => `${counts[word]} ${word}`),
    `${rps.toFixed(rps < 100 ? 1 : 0)} requests/s`,
    ...(overrides.length > 0 ? [`${overrides.length} overrides`] : []),
    ...(alarms.length > 0 ? [`${alarms.length} alarms`] : []),
    ...(refusals.length > 0 ? ["a version was refused"] : []),
  ].join(", ");
  const colour = counts.down > 0 ? paint.red : counts.degraded > 0 || alarms.length > 0 ? paint.yellow : paint.green;
  const endpoints = services.flatMap((one) =>
    one.endpoints.map((endpoint) => ({ ...endpoint, id: `${one.name}/${endpoint.id}` })),
  );
  const lines = [
    paint.bold(cut(plain(head), columns)),
    colour(cut(sum, columns)),
    ...(view.trouble === "" ? [] : [paint.red(cut(plain(view.trouble), columns))]),
    "",
    ...renderEndpoints(sorted(endpoints, view.order), columns, paint),
  ];
  return isLive ? [...lines, "", paint.dim(cut(keysLine(view), columns))] : lines;
}

function keysLine({ order, isPaused }: View): string {
  const keys = Object.entries(ORDER_KEYS).map(([key, name]) => `${key} ${name}${name === order ? "*" : ""}`);
  return `sort: ${keys.join("  ")}   space ${isPaused ? "go on" : "pause"}   q quit`;
}

/** The first is what an operator wants to see; ties by name. */
export function sorted(endpoints: readonly EndpointState[], order: Order): readonly EndpointState[] {
  const byName = (a: EndpointState, b: EndpointState) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  if (order === "name") return [...endpoints].sort(byName);
  const weight = (one: EndpointState) => {
    switch (order) {
      case "traffic":
        return one.rps ?? 0;
      case "failures":
        return 1 - (successOf(one) ?? 1);
      case "latency":
        return one.p99Ms ?? one.latencyMs ?? 0;
    }
  };
  return [...endpoints].sort((a, b) => weight(b) - weight(a) || byName(a, b));
}
