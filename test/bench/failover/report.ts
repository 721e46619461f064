/** The failover comparison as Markdown: one block of rows for each fault, all contenders side by side. */
import type { Contender } from "../contenders/contender.ts";
import { count, milliseconds, table } from "../report/markdown.ts";
import { FAULTS, type FaultCase } from "./faults.ts";
import type { FailoverPlan } from "./run.ts";
import { type FailoverCell, MAX_LATE_MS, type Standing, standings } from "./summary.ts";

const OURS = "heddle";
/** Between two trials of the same contender, chance makes about this much difference in the time to shift. */
const SHIFT_TOLERANCE_SECONDS = 0.3;

export function failoverMarkdown(cells: readonly FailoverCell[], plan: FailoverPlan): string {
  const names = plan.contenders.map(({ name }) => name).filter((name) => cells.some((c) => c.contender === name));
  return [
    `Three origins that answer in 15-25 ms, ${plan.rps} GET requests/s (open loop). From ${plan.warmUpSeconds} s on one of`,
    `the three is faulty for ${plan.faultSeconds} s, then well again for ${plan.healSeconds} s. ${repeated(plan)}`,
    "",
    "### Failed requests",
    "",
    `Of the ${count(plan.rps * (plan.faultSeconds + plan.healSeconds))} due from the fault to the end: no complete answer`,
    "within 5 s, or one of 400 or above.",
    "",
    failedTable(cells, names),
    "### Everything",
    "",
    "- **failed**: as above. **p99 ms**: of requests due during the fault (for the last fault, after it).",
    "- **shift s**: from the fault until the faulty origin's share of attempts over two seconds is below 5 %, as the origins",
    "  counted them (17 % where it bears a sixth of the traffic); `no`: not in the time. A refused attempt is seen by",
    "  nobody, so there is none to count.",
    "- **back s**: from healing until it has four fifths of its fair share again; `no`: not in the time.",
    `- **1st s**: attempts it got in the first second after healing; its fair share is ${count(plan.rps / 3)}.`,
    "- **attempts**: for each request, over the whole trial.",
    "",
    fullTable(cells, names),
    "### Contenders",
    "",
    contendersTable(plan.contenders),
    "### Where Heddle stands",
    "",
    ...standingLines(cells),
    "",
    ...busyLines(cells),
  ].join("\n");
}

function repeated({ repeats }: FailoverPlan): string {
  return repeats === 1 ? "One trial each." : `Medians of ${repeats} trials each, [fewest-most] failed.`;
}

/** Failed requests alone: what most readers look for. */
export function failedTable(cells: readonly FailoverCell[], names: readonly string[]): string {
  const rows = faultsIn(cells).map((fault) => [
    fault.label,
    ...names.map((name) => {
      const cell = find(cells, fault.name, name);
      return cell === undefined ? "–" : failedText(cell);
    }),
  ]);
  return table(["one origin of three …", ...names], rows);
}

function failedText({ failed, failedLow, failedHigh }: FailoverCell): string {
  return failedLow === failedHigh ? count(failed) : `${count(failed)} [${count(failedLow)}-${count(failedHigh)}]`;
}

function fullTable(cells: readonly FailoverCell[], names: readonly string[]): string {
  const rows = faultsIn(cells).flatMap((fault) =>
    METRICS.map(({ name: metric, text }, i) => [
      i === 0 ? `**${fault.label}**: ${metric}` : metric,
      ...names.map((name) => {
        const cell = find(cells, fault.name, name);
        return cell === undefined ? "–" : text(cell, fault);
      }),
    ]),
  );
  return table(["one origin of three …", ...names], rows);
}

interface Metric {
  readonly name: string;
  readonly text: (cell: FailoverCell, fault: FaultCase) => string;
}

const METRICS: readonly Metric[] = [
  { name: "failed", text: failedText },
  { name: "p99 ms", text: (cell, fault) => milliseconds(fault.comesBack ? cell.p99AfterMs : cell.p99Ms) },
  {
    name: "shift s",
    text: (cell, fault) => (fault.seen && !fault.flaps ? seconds(cell.shiftSeconds) : "–"),
  },
  { name: "back s", text: (cell) => seconds(cell.backSeconds) },
  { name: "1st s", text: (cell) => count(cell.firstSecond) },
  { name: "attempts", text: (cell) => cell.attemptsPerRequest.toFixed(3) },
];

function seconds(value: number | null): string {
  return value === null ? "no" : value.toFixed(1);
}

function contendersTable(contenders: readonly Contender[]): string {
  return table(
    ["contender", "version", "failover"],
    contenders.map((contender) => {
      const version = contender.version();
      return [contender.name, version === null || version === "here" ? "–" : version, contender.failover];
    }),
  );
}

/** Whether it is first or tied in failed requests under every fault, and in the time to shift; where not, behind whom. */
export function standingLines(cells: readonly FailoverCell[]): string[] {
  const seen = new Set(FAULTS.filter((fault) => fault.seen && !fault.flaps).map(({ name }) => name));
  const failed = standings(cells, OURS, (cell) => cell.failed, 0);
  const shift = standings(cells, OURS, (cell) => cell.shiftSeconds, SHIFT_TOLERANCE_SECONDS);
  return [
    line("failed requests", failed, (value) => count(value ?? Number.NaN)),
    line(
      "time to shift",
      shift.filter(({ fault }) => seen.has(fault)),
      (value) => `${seconds(value)} s`,
    ),
  ];
}

/** Which trials to doubt; none on a machine that had the time. */
function busyLines(cells: readonly FailoverCell[]): string[] {
  const late = cells.filter(({ maxLateMs }) => maxLateMs > MAX_LATE_MS);
  if (late.length === 0) return [];
  const names = late.map(({ fault, contender }) => `${fault} ${contender}`).join(", ");
  return [
    `In ${late.length} of ${cells.length} cells the client was more than ${MAX_LATE_MS} ms late: this machine was too busy to`,
    `measure them (${names}).`,
    "",
  ];
}

function line(what: string, places: readonly Standing[], text: (value: number | null) => string): string {
  const behind = places.filter(({ place }) => place === "behind");
  const rest = behind.map(
    ({ fault, value, best }) => `${fault} (${text(value)}; ${best!.contender} ${text(best!.value)})`,
  );
  const total = `first or tied under ${places.length - behind.length} of ${places.length} faults`;
  return `- ${what}: ${total}${behind.length === 0 ? "" : `; behind under ${rest.join(", ")}`}`;
}

function faultsIn(cells: readonly FailoverCell[]): readonly FaultCase[] {
  return FAULTS.filter(({ name }) => cells.some((cell) => cell.fault === name));
}

function find(cells: readonly FailoverCell[], fault: string, contender: string): FailoverCell | undefined {
  return cells.find((cell) => cell.fault === fault && cell.contender === contender);
}
