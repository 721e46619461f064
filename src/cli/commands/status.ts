import { nearest } from "../../config/nearest.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { countOf } from "../config/faults-report.ts";
import type { Control } from "../control/client.ts";
import { connect } from "../control/connect.ts";
import { renderOverrides } from "../control/overrides.ts";
import { type Overview, overview, unlessForbidden } from "../control/overview.ts";
import { print } from "../control/print.ts";
import { withFix } from "../control/problem-fix.ts";
import { type Reach, reach } from "../control/reach.ts";
import { versionLine } from "../control/render-history.ts";
import {
  healthOf,
  latency,
  rate,
  renderEndpoints,
  renderProblems,
  renderServices,
  successCell,
} from "../control/render-services.ts";
import { type ServiceState, service as serviceOf, services as servicesOf } from "../control/services.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { type Cell, type Column, cut, fitTable, widthOf } from "../fit-table.ts";
import { plain } from "../plain.ts";
import { createPaint, type Paint, type Terminal } from "../terminal.ts";

const NO_COLOURS = createPaint(false);

/** `heddle status [SERVICE]`: how the mesh is, or one service; 1 when something is down. */
export const status: RunCommand = async (args, terminal) => {
  const control = connect(args, terminal);
  const name = args.positionals[0];
  return name === undefined ? ofMesh(control, args, terminal) : ofService(control, name, args, terminal);
};

async function ofMesh(control: Control, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const [seen, runs] = await Promise.all([overview(control), unlessForbidden(reach(control))]);
  const { name, control: address } = control.access;
  const services = seen.services.map((one) => ({ ...one, health: healthOf(one.endpoints, one.problems) }));
  const isWell = services.every(({ health }) => health !== "down") && seen.missing.length === 0;
  const value = { ok: isWell, mesh: { name, control: address }, ...seen, services, reach: runs ?? null };
  print(value, () => renderOverview(seen, runs, control, widthOf(terminal), terminal.paint), args, terminal);
  return isWell ? 0 : 1;
}

/** The mesh as lines: its version, its services, and what somebody should know. */
export function renderOverview(
  { version, services, missing, overrides, alarms, problems }: Overview,
  runs: Reach | undefined,
  { access }: Pick<Control, "access">,
  width: number,
  paint: Paint,
): string[] {
  const lines = [paint.dim(cut(`${access.name} (${access.control})`, width))];
  if (version === null) lines.push("the mesh bundled at deployment is in force");
  if (version != null) lines.push(cut(versionLine(version, NO_COLOURS), width));
  if (version?.guard?.state === "watching") lines.push(paint.yellow("its guard is watching"));
  if (runs !== undefined && version != null) lines.push(...reachLines(runs, width, paint));
  lines.push("", ...renderServices(services, missing, width, paint));
  if (overrides.length > 0) lines.push("", ...renderOverrides(overrides, width, paint, Date.now()));
  const ofServices = renderProblems(services, width, paint);
  // What is wrong with a service is said of it, and not once more.
  const said = new Set(services.flatMap(({ problems: own = [] }) => own.map(({ detail }) => detail)));
  const others = problems
    .filter((text) => !said.has(text))
    .map((text) => paint.red(cut(plain(`! ${withFix(text)}`), width)));
  if (ofServices.length + others.length > 0) lines.push("", ...ofServices, ...others);
  if (alarms.length > 0) lines.push("", ...alarms.map((text) => paint.yellow(cut(plain(`! ${text}`), width))));
  return lines;
}

function reachLines({ isolates, current, refused = [] }: Reach, width: number, paint: Paint): string[] {
  const how = current < isolates ? paint.yellow : paint.dim;
  const share = isolates === 0 ? "no isolate reports now" : `${current} of ${countOf(isolates, "isolate")} run it`;
  const refusals = refused.map((one) => `! ${countOf(one.isolates, "isolate")} refused it: ${plain(one.reason)}`);
  return [how(share), ...refusals.map((text) => paint.red(cut(text, width)))];
}

async function ofService(
  control: Control,
  name: string,
  args: CommandArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const found = await serviceOrGuess(control, name);
  const health = healthOf(found.counts, found.problems);
  const width = widthOf(terminal);
  print(
    { ok: health !== "down", service: { ...found, health } },
    () => renderService(found, width, terminal.paint),
    args,
    terminal,
  );
  return health === "down" ? 1 : 0;
}

/** One service as lines: itself, its endpoints, what operators said, and its regions. */
export function renderService(found: ServiceState, width: number, paint: Paint): string[] {
  const { endpoints, overrides, regions, missing, counts } = found;
  const summary = {
    ...found,
    endpoints: counts,
    regions: regions.map(({ region }) => region),
    overrides: overrides.length,
  };
  const lines = [
    ...renderServices([summary], [], width, paint),
    ...renderProblems([found], width, paint),
    "",
    ...renderEndpoints(endpoints, overrides, width, paint),
  ];
  if (overrides.length > 0) lines.push("", ...renderOverrides(overrides, width, paint, Date.now()));
  if (regions.length > 0) lines.push("", ...renderRegions(regions, width, paint));
  if (missing.length > 0) lines.push("", paint.red(`no answer from ${plain(missing.join(", "))}`));
  return lines;
}

const REGION_COLUMNS: readonly Column[] = [
  { title: "region" },
  { title: "isolates", align: "right" },
  { title: "requests/s", align: "right" },
  { title: "success", align: "right" },
  { title: "p50", align: "right", drop: 2 },
  { title: "p99", align: "right" },
  { title: "mesh", drop: 1 },
  { title: "" },
];

function renderRegions(regions: ServiceState["regions"], width: number, paint: Paint): string[] {
  const rows = regions.map(({ region, reporters, minute, meshVersion, alone }): Cell[] => [
    { text: region, paint: paint.bold },
    `${reporters}`,
    rate(minute?.rps ?? 0),
    successCell(minute?.successRatio ?? null, paint),
    latency(minute?.p50Ms ?? null),
    latency(minute?.p99Ms ?? null),
    { text: meshVersion.slice(0, 12), paint: paint.dim },
    alone ? { text: "hears nothing of the others", paint: paint.yellow } : "",
  ]);
  return fitTable(REGION_COLUMNS, rows, width, paint.dim);
}

/** A service, or a failure that says which one was probably meant. */
async function serviceOrGuess(control: Control, name: string): Promise<ServiceState> {
  try {
    return await serviceOf(control, name);
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.code !== "not_found") throw error;
    const names = (await servicesOf(control)).items.map((one) => one.service);
    const guess = nearest(name, names);
    const fix = guess === undefined ? `there is ${names.slice(0, 10).join(", ")}` : `did you mean ${guess}?`;
    throw new CommandFailure("not_found", `the mesh has no service "${name}"`, plain(fix));
  }
}
