/**
 * What the state plane thought of each endpoint over time: a lane for each, with a thin row for every region that
 * decided something. An endpoint about which nothing was decided stays closed throughout.
 */
import type { SimulationResult, Transition } from "../result.ts";
import { type ChartFrame, chart, percentOf } from "./chart.ts";
import { html, type Markup } from "./markup.ts";
import { formatMoment } from "./scale.ts";
import { endpointLabel } from "./series.ts";

/** Breaker and health of an endpoint as one region sees them. */
type State = "closed" | "open" | "half-open" | "unhealthy";

interface Segment {
  readonly state: State;
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: string;
}

const LABEL_PX = 16;
const GAP_PX = 6;
/** Lanes of endpoints that changed are told by their regions; all lanes together keep to about this height. */
const ROWS_PX = 44;
/** A run that flaps for hours would otherwise make a file of megabytes. */
const MAX_SEGMENTS = 1_500;

export function breakerChart(frame: ChartFrame, { endpoints, transitions }: SimulationResult): Markup {
  let y = 0;
  let budget = MAX_SEGMENTS;
  let isCut = false;
  const body: Markup[] = [];
  for (const endpoint of endpoints) {
    const label = endpointLabel(endpoint, endpoints);
    const own = transitions.filter((change) => isOf(change, endpoint.id, endpoint.service));
    const scopes = [...new Set(own.map(({ scope }) => scope))].sort();
    const rows = scopes.map((scope) => ({
      scope,
      segments: segmentsOf(
        own.filter((change) => change.scope === scope),
        frame.durationMs,
      ),
    }));
    if (rows.length === 0) rows.push({ scope: "", segments: segmentsOf([], frame.durationMs) });
    const rowPx = Math.max(3, Math.min(10, Math.floor(ROWS_PX / rows.length)));
    body.push(html`<text class="lane" x="0" y="${y + 12}">${label}${endpoint.isFaulty ? " (faulty)" : ""}</text>`);
    y += LABEL_PX;
    for (const { scope, segments } of rows) {
      const shown = segments.slice(0, Math.max(0, budget));
      isCut ||= shown.length < segments.length;
      budget -= shown.length;
      body.push(html`${shown.map((segment) => segmentShape(segment, scope, y, rowPx, frame.durationMs))}`);
      y += rowPx + 1;
    }
    y += GAP_PX;
  }
  return chart({
    frame,
    key: "breakers",
    title: "Breakers, by endpoint and deciding region",
    description: `${transitions.length} changes of state. ${isCut ? "The last ones are not drawn. " : ""}The table below lists them.`,
    heightPx: y,
    axis: null,
    legend: [
      { colour: "closed", label: "closed" },
      { colour: "half-open", label: "half-open" },
      { colour: "open", label: "open" },
      { colour: "unhealthy", label: "unhealthy" },
    ],
    body,
  });
}

/** States of one endpoint as one scope decided them, without gaps from 0 to the end. */
export function segmentsOf(changes: readonly Transition[], durationMs: number): Segment[] {
  const segments: Segment[] = [];
  let breaker: "closed" | "open" | "half-open" = "closed";
  let isHealthy = true;
  let open: Omit<Segment, "toMs"> = { state: "closed", fromMs: 0, cause: "" };
  for (const { atMs, to, cause } of [...changes].sort((a, b) => a.atMs - b.atMs)) {
    // An endpoint that is degrading or filling up takes traffic all the same.
    if (to === "degrading" || to === "recovered" || to === "saturating") continue;
    if (to === "healthy" || to === "unhealthy") isHealthy = to === "healthy";
    else breaker = to;
    const state: State = breaker === "closed" && !isHealthy ? "unhealthy" : breaker;
    if (state === open.state) continue;
    const at = Math.min(durationMs, Math.max(0, atMs));
    if (at > open.fromMs) segments.push({ ...open, toMs: at });
    open = { state, fromMs: at, cause };
  }
  if (durationMs > open.fromMs || segments.length === 0) segments.push({ ...open, toMs: durationMs });
  return segments;
}

/** Ids are unique in a service only; the state plane may name the service before a slash. */
function isOf({ endpoint }: Transition, id: string, service: string): boolean {
  return endpoint === id || endpoint === `${service}/${id}`;
}

function segmentShape(
  { state, fromMs, toMs, cause }: Segment,
  scope: string,
  y: number,
  heightPx: number,
  durationMs: number,
): Markup {
  const times = `${formatMoment(fromMs)} to ${formatMoment(toMs)}`;
  const title =
    state === "closed"
      ? null
      : html`<title>${scope === "" ? "" : `${scope}: `}${state}, ${times}${cause === "" ? "" : `: ${cause}`}</title>`;
  return html`<rect class="${state}" x="${percentOf(fromMs, durationMs)}" y="${y}" width="${percentOf(toMs - fromMs, durationMs)}" height="${heightPx}">${title}</rect>`;
}
