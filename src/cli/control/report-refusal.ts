import { formatFaults } from "../../config/fault.ts";
import type { CommandArguments } from "../command.ts";
import type { ExitCode } from "../failure.ts";
import { widthOf } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { failureOf } from "./problem.ts";
import { renderDiff } from "./render-diff.ts";
import { versionLine } from "./render-history.ts";
import type { Applied } from "./versions.ts";

type Refused = Exclude<Applied, { readonly ok: true } | { readonly error: "unchanged" }>;

/** Says why the control plane made no version, with what others changed meanwhile when that is why. Gives the exit code. */
export function reportRefusal(refused: Refused, base: number, args: CommandArguments, terminal: Terminal): ExitCode {
  if (refused.error === "stale") return reportStale(refused, base, args, terminal);
  const { faults = [], title = "", detail: message = title } = refused.problem;
  // What is not about a place in the config is about the request.
  if (faults.every(({ path }) => path === "")) {
    throw failureOf(409, { ...refused.problem, faults: [] }, "the control plane", true);
  }
  if (args.has("json")) {
    terminal.out(JSON.stringify({ ok: false, error: "invalid_config", detail: message, faults }));
    return 1;
  }
  terminal.err(plainLines(formatFaults(faults, "config")));
  terminal.err(terminal.paint.red(`the control plane refused the config; what was in force stays`));
  return 1;
}

function reportStale(
  { current, diff }: Extract<Refused, { readonly error: "stale" }>,
  base: number,
  args: CommandArguments,
  terminal: Terminal,
): ExitCode {
  const { paint } = terminal;
  if (args.has("json")) {
    const detail = `based on version ${base}; version ${current?.version ?? 0} is in force`;
    terminal.out(JSON.stringify({ ok: false, error: "stale", detail, base, current, diff }));
    return 1;
  }
  terminal.err(
    `${paint.red("refused:")} it is based on version ${base}, and another one is in force. Nothing was changed.`,
  );
  if (current !== null) terminal.err(versionLine(current, paint));
  if (diff !== null) {
    terminal.err(`what changed since version ${base}:`);
    for (const line of renderDiff(diff, widthOf(terminal), paint)) terminal.err(line);
  }
  terminal.err(`  ${paint.dim("→")} take that over into your config, then run heddle apply again`);
  return 1;
}

function plainLines(text: string): string {
  return text.split("\n").map(plain).join("\n");
}
