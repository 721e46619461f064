import { nearest } from "../../config/nearest.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { countOf } from "../config/faults-report.ts";
import type { Control } from "../control/client.ts";
import { connect } from "../control/connect.ts";
import { overrides as overridesOf, renderOverrides } from "../control/overrides.ts";
import { type Overview, overview } from "../control/overview.ts";
import { print } from "../control/print.ts";
import { versionLine } from "../control/render-history.ts";
import { healthOf, renderEndpoints, renderServices } from "../control/render-services.ts";
import { type ServiceState, service as serviceOf, services as servicesOf } from "../control/services.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { widthOf } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint, Terminal } from "../terminal.ts";

/** `heddle status [SERVICE]`: how the mesh is, or one service; 1 when something is down. */
export const status: RunCommand = async (args, terminal) => {
  const control = connect(args, terminal);
  const name = args.positionals[0];
  return name === undefined ? ofMesh(control, args, terminal) : ofService(control, name, args, terminal);
};

async function ofMesh(control: Control, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const seen = await overview(control);
  const { name, control: address } = control.access;
  const states = seen.services.map((one) => ({ ...one, state: healthOf(one) }));
  const isWell = states.every(({ state }) => state !== "down");
  const value = { ok: isWell, mesh: { name, control: address }, ...seen, services: states };
  print(value, () => renderOverview(seen, control, widthOf(terminal), terminal.paint), args, terminal);
  return isWell ? 0 : 1;
}

/** The mesh as lines: its version, its services, and what somebody should know. */
export function renderOverview(
  { version, services, overrides, refusals, alarms }: Overview,
  { access }: Pick<Control, "access">,
  width: number,
  paint: Paint,
): string[] {
  const lines = [
    paint.dim(`${access.name} (${access.control})`),
    version === null ? "the mesh bundled at deployment is in force" : versionLine(version, paint),
    ...(version?.guard?.state === "watching" ? [paint.yellow("its guard is watching")] : []),
    "",
    ...renderServices(services, width, paint),
  ];
  if (overrides.length > 0)
    lines.push("", paint.bold("overrides"), ...renderOverrides(overrides, width, paint, Date.now()));
  const warnings = [
    ...refusals.map(({ versions = [], isolates, reasons = [] }) => {
      const what = versions.length === 0 ? "a version" : `version ${versions.at(-1)}`;
      return `${what} was refused by ${countOf(isolates, "isolate")}: ${reasons.map(({ reason }) => reason).join("; ")}`;
    }),
    ...alarms,
    ...services.flatMap(({ name, alarms: own = [] }) => own.map((alarm) => `${name}: ${alarm}`)),
  ];
  if (warnings.length > 0) lines.push("", ...warnings.map((text) => paint.yellow(`! ${plain(text)}`)));
  return lines;
}

async function ofService(
  control: Control,
  name: string,
  args: CommandArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const found = await serviceOrGuess(control, name);
  const overrides = await overridesOf(control, name);
  const state = healthOf(found);
  const { paint } = terminal;
  const lines = () => [
    ...renderServices([found], widthOf(terminal), paint),
    "",
    ...renderEndpoints(found.endpoints, widthOf(terminal), paint),
    ...(overrides.length === 0 ? [] : ["", ...renderOverrides(overrides, widthOf(terminal), paint, Date.now())]),
    ...(found.alarms ?? []).map((alarm) => paint.yellow(`! ${plain(alarm)}`)),
  ];
  print({ ok: state !== "down", service: { ...found, state }, overrides }, lines, args, terminal);
  return state === "down" ? 1 : 0;
}

/** A service, or a failure that says which one was probably meant. */
async function serviceOrGuess(control: Control, name: string): Promise<ServiceState> {
  try {
    return await serviceOf(control, name);
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.code !== "not_found") throw error;
    const names = (await servicesOf(control)).map((one) => one.name);
    const guess = nearest(name, names);
    const fix = guess === undefined ? `there is ${names.slice(0, 10).join(", ")}` : `did you mean ${guess}?`;
    throw new CommandFailure("not_found", `the mesh has no service "${name}"`, plain(fix));
  }
}
