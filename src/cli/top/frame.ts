/** What `heddle top` shows: endpoints of the mesh in one list that can be sorted. */
import { countOf } from "../config/faults-report.ts";
import type { Access } from "../context/access.ts";
import { healthOf, merged, rate, renderEndpoints } from "../control/render-services.ts";
import type { EndpointState } from "../control/services.ts";
import { cut } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint } from "../terminal.ts";
import type { Look } from "./look.ts";

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
  readonly look: Look;
  readonly access: Pick<Access, "name" | "control">;
  readonly view: View;
  /** Of the terminal; Infinity: any. */
  readonly columns: number;
  readonly rows: number;
  /** Whether somebody is there to press keys. */
  readonly isLive: boolean;
}

/** The frame as lines, none wider than the terminal, and no more than it has. */
export function renderFrame({ look, access, view, columns, rows, isLive }: FrameInput, paint: Paint): string[] {
  const { seen, details, leftOut, atMs } = look;
  const endpoints = details.flatMap(({ service, endpoints: own }) =>
    own.map((endpoint) => ({ ...endpoint, id: `${service}/${endpoint.id}` })),
  );
  const overrides = details.flatMap((one) => one.overrides);
  const { version } = seen;
  const which = version === undefined ? "" : version === null ? "  bundled mesh" : `  version ${version.version}`;
  const head = [
    paint.bold(cut(plain(`${access.name}${which}  ${clock(atMs)}`), columns)),
    sumLine(look, columns, paint),
    ...(view.trouble === "" ? [] : [paint.red(cut(plain(view.trouble), columns))]),
    "",
  ];
  const foot = [
    ...(leftOut > 0 ? [paint.dim(cut(`and ${countOf(leftOut, "service")} with less traffic`, columns))] : []),
    ...(isLive ? ["", paint.dim(cut(keysLine(view), columns))] : []),
  ];
  const table = renderEndpoints(sorted(endpoints, view.order), overrides, columns, paint);
  return [...head, ...table.slice(0, Math.max(2, rows - head.length - foot.length)), ...foot];
}

function sumLine({ seen: { services, missing, overrides, alarms } }: Look, columns: number, paint: Paint): string {
  const healths = services.map(({ endpoints, problems }) => healthOf(endpoints, problems));
  const count = (word: string) => healths.filter((health) => health === word).length;
  const [down, degraded] = [count("down") + missing.length, count("degraded")];
  const text = [
    countOf(services.length + missing.length, "service"),
    ...(down > 0 ? [`${down} down`] : []),
    ...(degraded > 0 ? [`${degraded} degraded`] : []),
    `${rate(services.reduce((sum, { rps }) => sum + rps, 0))} requests/s`,
    ...(overrides.length > 0 ? [countOf(overrides.length, "override")] : []),
    ...(alarms.length > 0 ? [countOf(alarms.length, "alarm")] : []),
  ].join(", ");
  const colour = down > 0 ? paint.red : degraded > 0 || alarms.length > 0 ? paint.yellow : paint.green;
  return colour(cut(text, columns));
}

function keysLine({ order, isPaused }: View): string {
  const keys = Object.entries(ORDER_KEYS).map(([key, name]) => `${key} ${name}${name === order ? "*" : ""}`);
  return `sort: ${keys.join("  ")}   space ${isPaused ? "go on" : "pause"}   q quit`;
}

/** "14:03:05Z". */
export function clock(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)}Z`;
}

/** The first is what an operator wants to see; ties by name. */
export function sorted(endpoints: readonly EndpointState[], order: Order): readonly EndpointState[] {
  const byName = (a: EndpointState, b: EndpointState) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  if (order === "name") return [...endpoints].sort(byName);
  const weight = (one: EndpointState) => {
    switch (order) {
      case "traffic":
        return one.rps;
      case "failures":
        return 1 - (merged(one).successRatio ?? 1);
      case "latency":
        return merged(one).p99Ms ?? merged(one).latencyMs ?? 0;
    }
  };
  return [...endpoints].sort((a, b) => weight(b) - weight(a) || byName(a, b));
}
