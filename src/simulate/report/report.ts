/**
 * Game days as one HTML file: readable offline, nothing is requested from anywhere, and nothing runs in it but the
 * script below. Made from results alone, so that the same runs give the same file.
 */
import { breakerChart } from "./breaker-chart.ts";
import type { ChartFrame } from "./chart.ts";
import { type Row, type Run, rowsOf } from "./comparison.ts";
import { faultName } from "./fault-name.ts";
import { html, jsonForScript, type Markup, trusted } from "./markup.ts";
import { formatMetric, type Metric, metric, type Scope } from "./metrics.ts";
import { failuresChart, faultLanes, latencyChart, requestsChart } from "./run-charts.ts";
import { SCRIPT } from "./script.ts";
import { endpointSeries, failedOtherwise, thinned } from "./series.ts";
import { STYLE } from "./style.ts";
import {
  comparisonTable,
  endpointsTable,
  sharesTable,
  timelineTable,
  transitionsTable,
  windowsTable,
} from "./tables.ts";

export interface ReportInput {
  readonly title: string;
  /** What was simulated, for the head of the page: "config" → "heddle.yaml", "traffic" → "500 requests/s". */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** How to play it again. */
  readonly command: string;
  /** At the head of the column of variants, e.g. "policy". */
  readonly variantTitle: string;
  /** Never empty. */
  readonly runs: readonly Run[];
  readonly assertions: readonly { readonly text: string; readonly isFailed: boolean; readonly detail: string }[];
}

/** Charts make up nearly all of the file; further rows are in the tables only. */
export const MAX_CHARTED_RUNS = 24;

/** Makes the file. Never throws. About 60 kB for each charted run. */
export async function htmlReport(input: ReportInput): Promise<string> {
  const rows = rowsOf(input.runs);
  const isSingle = input.runs.length === 1;
  const charted = rows.slice(0, MAX_CHARTED_RUNS).map(({ runs }) => runs[0]!);
  const policy = `default-src 'none'; style-src '${await digest(STYLE)}'; script-src '${await digest(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="heddle simulate">
<title>${input.title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header><p class="kind">Heddle game day</p><h1>${input.title}</h1>
<dl class="facts">${input.facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></header>
<main>
${assertionsSection(input.assertions)}
${isSingle ? null : comparisonSection(rows, input)}
${charted.map((run, index) => runSection(run, index, isSingle ? null : runTitle(run, input)))}
${rows.length > charted.length ? html`<p class="note">Charts of the first ${charted.length} of ${rows.length} rows are shown.</p>` : null}
</main>
<footer><p>Simulated in virtual time with the modules that run at the edge and in the Durable Objects. Costs are estimated from published prices. Play it again:</p><pre><code>${input.command}</code></pre></footer>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return page.markup;
}

function assertionsSection(assertions: ReportInput["assertions"]): Markup | null {
  if (assertions.length === 0) return null;
  const failed = assertions.filter(({ isFailed }) => isFailed).length;
  const verdict = failed === 0 ? "All assertions hold" : `${failed} of ${assertions.length} assertions failed`;
  return html`<section class="assertions ${failed === 0 ? "good" : "bad"}"><h2>${verdict}</h2><ul>${assertions.map(
    ({ text, isFailed, detail }) =>
      html`<li class="${isFailed ? "bad" : "good"}"><span aria-hidden="true">${isFailed ? "✕" : "✓"}</span> <code>${text}</code> ${isFailed ? "failed" : "holds"}${detail === "" ? "" : `: ${detail}`}</li>`,
  )}</ul></section>`;
}

function comparisonSection(rows: readonly Row[], { variantTitle, runs }: ReportInput): Markup {
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const spread = seeds > 1 ? ` Means of ${seeds} seeds; below them the lowest and the highest.` : "";
  return html`<section><h2>Side by side</h2><p class="note">While the faults last; the whole day where there are none. The best of a scenario is marked.${spread}</p>
${comparisonTable(rows, null, variantTitle)}
<details><summary>The same for the whole day</summary>${comparisonTable(rows, "whole", variantTitle)}</details>
<details open><summary>Share of first attempts by endpoint, while the faults last</summary>${sharesTable(rows, variantTitle)}</details></section>`;
}

/** - `title`: null for the only run, whose title is that of the page. */
function runSection(run: Run, index: number, title: string | null): Markup {
  const { result } = run;
  const timeline = thinned(result.timeline);
  const series = endpointSeries(result, timeline);
  const frame: ChartFrame = { id: `r${index}`, durationMs: result.durationMs, faults: result.scenario.faults };
  const names = result.scenario.faults.map(({ fault }) => faultName(fault));
  const content = html`${tiles(result)}
<div class="charts" data-run="${frame.id}">
<p class="at" aria-hidden="true"></p>
${faultLanes(frame, names)}
${requestsChart(frame, timeline, series)}
${latencyChart(frame, timeline, result.sloMs)}
${failuresChart(frame, timeline)}
${breakerChart(frame, result)}
<script type="application/json" data-timeline="${frame.id}">${jsonForScript(columnsOf(result, timeline, series))}</script>
</div>
<h3>The day in parts</h3>${windowsTable(result)}
<h3>Endpoints</h3>${endpointsTable(result)}
${result.transitions.length === 0 ? null : html`<details><summary>${result.transitions.length} changes of breakers and health</summary>${transitionsTable(result)}</details>`}
<details><summary>The charts as a table</summary>${timelineTable(result, timeline)}</details>`;
  if (title === null) return html`<section class="run">${content}</section>`;
  return html`<details class="run"${index === 0 ? trusted(" open") : null}><summary><h2>${title}</h2></summary>${content}</details>`;
}

function runTitle({ scenario, variant, seed }: Run, { runs, variantTitle }: ReportInput): string {
  const compared = variant === "" ? "" : `, ${variantTitle} ${variant}`;
  return `${scenario}${compared}${runs.some((other) => other.seed !== seed) ? `, seed ${seed}` : ""}`;
}

function tiles(result: Run["result"]): Markup {
  const isCalm = result.scenario.faults.length === 0;
  const scope: Scope = isCalm ? "whole" : "during";
  const shown: readonly (readonly [string, Metric, Scope])[] = [
    ["success, whole day", metric("success"), "whole"],
    ...(isCalm ? [] : [["success during the faults", metric("success"), "during"] as const]),
    [isCalm ? "p99" : "p99 during the faults", metric("p99"), scope],
    ...(isCalm
      ? []
      : [["time to detect", metric("detect"), scope] as const, ["time to recover", metric("recover"), scope] as const]),
    ["retries per request", metric("retries"), scope],
    ["sync calls per request", metric("syncs"), "whole"],
    ["per million requests", metric("cost"), "whole"],
  ];
  return html`<dl class="tiles">${shown.map(([label, { unit, read }, of]) => html`<div><dt>${label}</dt><dd>${formatMetric(unit, read(result, of))}</dd></div>`)}</dl>`;
}

/** What the script shows at the pointer. Numbers are kept short: they are most of the file. */
function columnsOf(
  { durationMs }: Run["result"],
  timeline: ReturnType<typeof thinned>,
  series: ReturnType<typeof endpointSeries>,
) {
  const whole = (column: readonly number[]) => column.map((value) => (Number.isNaN(value) ? null : Math.round(value)));
  return {
    durationMs,
    bucketMs: timeline.bucketMs,
    counts: {
      failed: failedOtherwise(timeline),
      shed: timeline.shed,
      retries: timeline.retries,
      ...Object.fromEntries(series.map(({ attempts }, index) => [`endpoint-${index}`, attempts])),
    },
    latencies: { p50: whole(timeline.p50Ms), p90: whole(timeline.p90Ms), p99: whole(timeline.p99Ms) },
  };
}

/** As a Content-Security-Policy names what may run. */
async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `sha256-${btoa(String.fromCharCode(...bytes))}`;
}
