/** The tables of the report. Each can be read without its charts. */
import type { SimulationResult, Timeline } from "../result.ts";
import { bestOf, byScenario, type Row, shareOf, spreadOf, tellingScope } from "./comparison.ts";
import { html, type Markup } from "./markup.ts";
import { formatMetric, formatRatio, METRICS, type Metric, metric, SCOPES, type Scope } from "./metrics.ts";
import { count } from "./run-charts.ts";
import { formatMoment } from "./scale.ts";
import { endpointLabel, endpointSeries } from "./series.ts";

const SCOPE_NAMES: Readonly<Record<Scope, string>> = {
  before: "before",
  during: "during the faults",
  after: "after",
  whole: "whole day",
};

/** The parts of one day below each other. */
export function windowsTable(result: SimulationResult): Markup {
  const metrics = METRICS.filter(({ isScoped }) => isScoped);
  const scopes = SCOPES.filter((scope) => result.windows[scope].requests > 0);
  return html`<div class="scroll"><table><thead><tr><th scope="col">part of the day</th><th scope="col">requests</th>${metrics.map(columnHead)}</tr></thead>
<tbody>${scopes.map(
    (scope) =>
      html`<tr${scope === "during" ? html` class="telling"` : null}><th scope="row">${SCOPE_NAMES[scope]}</th><td>${count(result.windows[scope].requests)}</td>${metrics.map(({ unit, read }) => html`<td>${formatMetric(unit, read(result, scope))}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** Where the requests went, and how busy that made the endpoints. */
export function endpointsTable({ endpoints, scenario }: SimulationResult): Markup {
  const parts = scenario.faults.length === 0 ? (["before"] as const) : (["before", "during", "after"] as const);
  const rows = endpoints.map(
    (endpoint) =>
      html`<tr><th scope="row">${endpointLabel(endpoint, endpoints)}${endpoint.isFaulty ? html`<em>faulty</em>` : null}</th><td class="text">${place(endpoint)}</td>${parts.map((part) => html`<td>${bar(endpoint.share[part])}${formatRatio(endpoint.share[part])}</td>`)}<td>${bar(endpoint.utilisation)}${formatRatio(endpoint.utilisation)}</td></tr>`,
  );
  const heads = scenario.faults.length === 0 ? ["share"] : parts.map((part) => `share ${part}`);
  return html`<div class="scroll"><table><thead><tr><th scope="col">endpoint</th><th scope="col" class="text">where</th>${heads.map((head) => html`<th scope="col">${head}</th>`)}<th scope="col">busy</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/**
 * Scenarios and variants below each other, over all seeds, with the best of each scenario marked.
 *
 * - `scope`: null takes the part of the day that tells most, by scenario.
 */
export function comparisonTable(rows: readonly Row[], scope: Scope | null, variantTitle: string): Markup {
  const worst = Math.max(...rows.map((row) => lost(row, scope)).filter((value) => !Number.isNaN(value)), 0);
  const hasVariants = rows.some(({ variant }) => variant !== "");
  const columns = METRICS.length + 2;
  const groups = byScenario(rows).map(([scenario, group]) => {
    const best = new Map(METRICS.map((one) => [one, scope === null ? bestOf(group, one) : new Set<Row>()]));
    const head = html`<tr><th scope="rowgroup" colspan="${columns}">${scenario}</th></tr>`;
    return html`<tbody>${hasVariants ? head : null}${group.map((row) => {
      const cells = METRICS.map((one) => comparisonCell(row, one, scope, best.get(one)!.has(row)));
      return html`<tr><th scope="row">${hasVariants ? row.variant : scenario}</th><td class="lost">${bar(worst === 0 ? 0 : lost(row, scope) / worst)}</td>${cells}</tr>`;
    })}</tbody>`;
  });
  return html`<div class="scroll"><table class="comparison"><thead><tr><th scope="col">${hasVariants ? variantTitle : "scenario"}</th><th scope="col">failed</th>${METRICS.map(columnHead)}</tr></thead>${groups}</table></div>`;
}

/** Where the requests went, by scenario and variant; the first `MAX_SHARES` endpoints. */
export function sharesTable(rows: readonly Row[], variantTitle: string): Markup {
  const { endpoints } = rows[0]!.runs[0]!.result;
  const shown = endpoints.slice(0, MAX_SHARES);
  const hasVariants = rows.some(({ variant }) => variant !== "");
  const groups = byScenario(rows).map(([scenario, group]) => {
    const head = html`<tr><th scope="rowgroup" colspan="${shown.length + 1}">${scenario}</th></tr>`;
    const lines = group.map((row) => {
      const cells = shown.map((_, index) => {
        const faulty = row.runs[0]!.result.endpoints[index]?.isFaulty ? html`<em>faulty</em>` : null;
        const share = shareOf(row, index);
        return html`<td>${bar(share)}${Number.isNaN(share) ? "–" : formatRatio(share)}${faulty}</td>`;
      });
      return html`<tr><th scope="row">${hasVariants ? row.variant : scenario}</th>${cells}</tr>`;
    });
    return html`<tbody>${hasVariants ? head : null}${lines}</tbody>`;
  });
  const rest = endpoints.length - shown.length;
  return html`<div class="scroll"><table class="comparison">${rest > 0 ? html`<caption>The first ${shown.length} of ${endpoints.length} endpoints</caption>` : null}<thead><tr><th scope="col">${hasVariants ? variantTitle : "scenario"}</th>${shown.map((endpoint) => html`<th scope="col">${endpointLabel(endpoint, endpoints)}</th>`)}</tr></thead>${groups}</table></div>`;
}

const MAX_SHARES = 12;

/** The timeline in numbers, for those whom charts do not serve. */
export function timelineTable(result: SimulationResult, timeline: Timeline): Markup {
  const series = endpointSeries(result, timeline);
  const heads = [
    "from",
    "requests",
    "failed",
    "shed",
    "retries",
    "p50",
    "p90",
    "p99",
    ...series.map(({ label }) => label),
  ];
  const ms = (value: number) => (Number.isNaN(value) ? "–" : `${Math.round(value)}`);
  const rows = timeline.atMs.map((atMs, bucket) => {
    const { requests, failed, shed, retries, p50Ms, p90Ms, p99Ms } = timeline;
    const cells = [
      ...[requests, failed, shed, retries].map((column) => `${column[bucket]}`),
      ...[p50Ms, p90Ms, p99Ms].map((column) => ms(column[bucket]!)),
      ...series.map(({ attempts }) => `${attempts[bucket]}`),
    ];
    return html`<tr><th scope="row">${formatMoment(atMs)}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;
  });
  return html`<div class="scroll tall"><table><caption>Counts per ${formatMoment(timeline.bucketMs)}, latencies in ms, first attempts by endpoint</caption><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Changes of breakers and health, in the order of time; the first `MAX_TRANSITIONS`. */
export function transitionsTable({ transitions }: SimulationResult): Markup {
  const shown = [...transitions].sort((a, b) => a.atMs - b.atMs).slice(0, MAX_TRANSITIONS);
  const rows = shown.map(
    ({ atMs, endpoint, scope, to, cause }) =>
      html`<tr><td>${(atMs / 1_000).toFixed(2)} s</td><th scope="row">${endpoint}</th><td class="text">${scope}</td><td class="text"><i class="${to}"></i>${to}</td><td class="text">${cause}</td></tr>`,
  );
  const rest = transitions.length - shown.length;
  return html`<div class="scroll tall"><table>${rest > 0 ? html`<caption>The first ${shown.length} of ${transitions.length}</caption>` : null}<thead><tr><th scope="col">at</th><th scope="col">endpoint</th><th scope="col" class="text">decided by</th><th scope="col" class="text">to</th><th scope="col" class="text">cause</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const MAX_TRANSITIONS = 300;
const BAR_PX = 56;

function comparisonCell(row: Row, one: Metric, scope: Scope | null, isBest: boolean): Markup {
  const { mean, min, max } = spreadOf(row, one, scope ?? tellingScope(row));
  const text = formatMetric(one.unit, mean);
  const low = formatMetric(one.unit, min);
  const high = formatMetric(one.unit, max);
  const spread = low === high ? null : html`<small>${low} – ${high}</small>`;
  return html`<td>${isBest ? html`<b class="best" title="best of this scenario">${text}</b>` : text}${spread}</td>`;
}

/** 0..1: users' requests that were not answered well. */
function lost(row: Row, scope: Scope | null): number {
  return 1 - spreadOf(row, metric("success"), scope ?? tellingScope(row)).mean;
}

function columnHead({ title, does }: Metric): Markup {
  return html`<th scope="col" title="${does}">${title}</th>`;
}

function place({ cloud, region }: { readonly cloud: string; readonly region: string }): string {
  return [cloud, region].filter((part) => part !== "").join(" / ") || "–";
}

function bar(ratio: number): Markup | null {
  if (Number.isNaN(ratio)) return null;
  const width = Number((Math.min(1, Math.max(0, ratio)) * BAR_PX).toFixed(1));
  return html`<svg class="bar" width="${BAR_PX}" height="8" aria-hidden="true"><rect width="${BAR_PX}" height="8" rx="2"/><rect class="filled" width="${width}" height="8" rx="2"/></svg>`;
}
