import { count, milliseconds, ratio, table } from "../report/markdown.ts";
import type { Overhead, OverheadPlan, OverheadRow } from "./run.ts";

export function overheadMarkdown({ rows, memory }: Overhead, plan: OverheadPlan): string {
  return [
    `Each contender alone on one core before the same three origins, ${plan.rounds} rounds of ${plan.seconds} s in turns;`,
    "ratios are to the bare pass-through Worker in the same round, median [lowest-highest]. CPU is user and system time of",
    "all processes of the contender per answered request. Where it is busy for much less than 100 % of its core, the client",
    "or the origins were the limit: CPU per request is then the figure that counts. `heddle-guarded` is Heddle before callers with",
    "an ES256 token that it has seen, 20 policies and a local rate limit for each caller, told in headers.",
    "",
    ...plan.connections.flatMap((connections) => [
      `### ${connections} connection${connections === 1 ? "" : "s"}`,
      "",
      connectionsTable(rows.filter((row) => row.connections === connections)),
    ]),
    "### Memory",
    "",
    table(
      ["contender", "started MB", "after MB", "peak MB"],
      memory.map((row) => [row.contender, count(row.startedMb), count(row.afterMb), count(row.peakMb)]),
    ),
  ].join("\n");
}

function connectionsTable(rows: readonly OverheadRow[]): string {
  const head = [
    "contender",
    "requests/s",
    "÷ bare",
    "CPU µs",
    "÷ bare",
    "p50 ms",
    "÷ bare",
    "p99 ms",
    "÷ bare",
    "busy",
    "failed",
  ];
  return table(
    head,
    rows.map((row) => [
      row.contender,
      count(row.requestsPerSecond),
      row.vsBare === null ? "–" : ratio(row.vsBare.requestsPerSecond),
      row.cpuUs.toFixed(0),
      row.vsBare === null ? "–" : ratio(row.vsBare.cpu),
      milliseconds(row.p50Ms),
      row.vsBare === null ? "–" : ratio(row.vsBare.p50),
      milliseconds(row.p99Ms),
      row.vsBare === null ? "–" : ratio(row.vsBare.p99),
      `${(row.busyRatio * 100).toFixed(0)} %`,
      count(row.failed),
    ]),
  );
}
