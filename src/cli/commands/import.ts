import { parseConfig } from "../../config/decode.ts";
import { formatFaults } from "../../config/fault.ts";
import { nearest } from "../../config/nearest.ts";
import { type ImportOptions, parseEndpointMapping, templateFault } from "../../import/options.ts";
import { type Finding, type ImportResult, OPENS_ACCESS, sortFindings } from "../../import/report.ts";
import { configText } from "../../import/write-config.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { countOf } from "../config/faults-report.ts";
import { CommandFailure } from "../failure.ts";
import { FORMATS, type ImportFormat } from "../import/formats.ts";
import { readSources } from "../import/read-sources.ts";
import { type Terminal, userPath } from "../terminal.ts";
import { writeWhole } from "./compile.ts";

/** `heddle import FORMAT FILE...`: a mesh config made of somebody else's, and a report of what is not in it. */
export const importConfig: RunCommand = async (args, terminal) => {
  const [name, ...files] = args.positionals;
  const format = formatNamed(name!);
  const options = readOptions(args);
  const documents = await readSources(files, terminal.env);
  const result = (await format.load())(documents, options);
  if ("refusal" in result) throw new CommandFailure("not_imported", result.refusal, result.fix);
  const findings = sortFindings(result.findings);
  const text = configText(result.config, heading(name!, findings));
  const report = args.option("report");
  if (report !== null) await writeWhole(userPath(report, terminal.env), reportText(name!, { ...result, findings }));
  const isJson = args.has("json");
  if (!isJson) for (const finding of findings) terminal.err(describe(finding, terminal));
  const decoded = parseConfig(text);
  if (!decoded.ok) {
    throw new CommandFailure(
      "invalid_import",
      `what was imported is not a valid config, and is not written:\n${formatFaults(decoded.faults, "heddle.yaml")}`,
    );
  }
  const out = args.option("out");
  if (out !== null) await writeWhole(userPath(out, terminal.env), text);
  else if (!isJson) terminal.raw(text);
  const { services, routes } = decoded.config;
  const carried = [countOf(Object.keys(services).length, "service"), countOf(routes.length, "route")].join(", ");
  if (isJson)
    terminal.out(JSON.stringify({ ok: true, ...(out === null ? { config: result.config } : { out }), findings }));
  else terminal.err(`${out ?? "imported"}: ${carried}; ${summary(findings)}`);
  warnOfAccess(findings, terminal);
  return args.has("strict") && findings.length > 0 ? 1 : 0;
};

function formatNamed(name: string): ImportFormat {
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (format !== undefined) return format;
  const names = FORMATS.map((candidate) => candidate.name);
  const guess = nearest(name, names);
  const fix = guess === undefined ? `it reads ${names.join(", ")}` : `did you mean heddle import ${guess}?`;
  throw new CommandFailure("usage", `heddle import does not read ${name}`, fix, 2);
}

function readOptions(args: CommandArguments): ImportOptions {
  const endpoints = args.options("endpoint").map((text) => {
    const mapping = parseEndpointMapping(text);
    if (typeof mapping === "string") throw new CommandFailure("usage", `--endpoint: ${mapping}`, "", 2);
    return mapping;
  });
  const endpointTemplate = args.option("endpoint-template");
  const fault = endpointTemplate === null ? null : templateFault(endpointTemplate);
  if (fault !== null) throw new CommandFailure("usage", `--endpoint-template: ${fault}`, "", 2);
  return { gateway: args.option("gateway"), services: args.has("services"), endpoints, endpointTemplate };
}

function heading(format: string, findings: readonly Finding[]): string[] {
  const lines = [`Made by heddle import ${format}.`];
  if (findings.length > 0) lines.push(`Not all of it is as it was: ${summary(findings)}; --report FILE lists it.`);
  return lines;
}

function summary(findings: readonly Finding[]): string {
  if (findings.length === 0) return "everything carried over";
  const count = (severity: Finding["severity"]) => findings.filter((finding) => finding.severity === severity).length;
  return (["invalid", "dropped", "changed"] as const)
    .filter((severity) => count(severity) > 0)
    .map((severity) => `${count(severity)} ${severity}`)
    .join(", ");
}

function describe({ file, kind, name, path, severity, reason, message }: Finding, { paint }: Terminal): string {
  const colour = severity === "changed" ? paint.yellow : paint.red;
  const place = [kind, name, path].filter((part) => part !== "").join(" ");
  const from = file === "" ? "" : ` ${paint.dim(`(${file})`)}`;
  return `${colour(severity)} ${place}${from}: ${reason}: ${message}`;
}

/** What keeps somebody out and is gone must not drown among the rest. */
function warnOfAccess(findings: readonly Finding[], { err, paint }: Terminal): void {
  const open = findings.filter(({ reason }) => reason === OPENS_ACCESS).length;
  if (open === 0) return;
  const rules = open === 1 ? "1 rule that keeps requests out is" : `${open} rules that keep requests out are`;
  err(paint.red(`WARNING: ${rules} not carried over; see ${OPENS_ACCESS} above before this takes traffic`));
}

function reportText(format: string, { findings, statuses }: ImportResult): string {
  return `${JSON.stringify({ format, findings, ...(statuses !== undefined && { statuses }) }, null, 2)}\n`;
}
