/** The tables that the benchmark prints: Markdown, so that they can be pasted as they are. */

import type { MicroResult } from "../micro.ts";
import { ratio, table } from "../report/markdown.ts";
import type { DuelResult } from "./duel.ts";
import type { SteadyResult } from "./steady.ts";

export function duelTable(results: readonly DuelResult[]): string {
  const rows = results.map((result) => [
    result.target,
    ratio(result.throughput),
    ratio(result.cpuPerRequest),
    `${result.targetUs.toFixed(0)} / ${result.baselineUs.toFixed(0)}`,
    ratio(result.p50),
    ratio(result.p99),
    String(result.failed),
  ]);
  const head = ["target ÷ bare", "throughput", "CPU per request", "µs (target / bare)", "p50", "p99", "failed"];
  return table(head, rows);
}

export function microTable(results: readonly MicroResult[]): string {
  return table(
    ["in one isolate (V8, no platform unless said)", "ns"],
    results.map(({ name, ns }) => [name, ns.toFixed(0)]),
  );
}

export function callsTable(steady: SteadyResult): string {
  return table(
    ["steady load", "requests", "calls to the object", "calls per request"],
    [
      [
        `${steady.rps} requests/s for ${steady.seconds} s`,
        String(steady.requests),
        String(steady.calls),
        steady.callsPerRequest.toFixed(4),
      ],
    ],
  );
}
