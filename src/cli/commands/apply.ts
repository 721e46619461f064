import { wholeNumber } from "../arguments.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { reportFaults } from "../config/faults-report.ts";
import { findConfig, shownPath } from "../config/find-config.ts";
import { mustAgree } from "../control/agree.ts";
import type { Control } from "../control/client.ts";
import { connect } from "../control/connect.ts";
import { print } from "../control/print.ts";
import { watchReach } from "../control/reach.ts";
import { renderDiff } from "../control/render-diff.ts";
import { reportRefusal } from "../control/report-refusal.ts";
import type { Diff } from "../control/shapes.ts";
import { readSource } from "../control/source.ts";
import { applyConfig, head, type Proposal, tryConfig } from "../control/versions.ts";
import { guardVerdict, watchGuard } from "../control/watch-guard.ts";
import type { ExitCode } from "../failure.ts";
import { widthOf } from "../fit-table.ts";
import type { Terminal } from "../terminal.ts";
import { durationOption } from "../when.ts";

const MIN_GUARD_MS = 10_000;
const MAX_GUARD_MS = 3_600_000;

/** `heddle apply [FILE]`: makes a config the mesh's next version, if nobody else was faster. */
export const apply: RunCommand = async (args, terminal) => {
  const path = findConfig(args.positionals[0] ?? args.option("config"), terminal.env);
  const guard = args.option("guard");
  const guardMs = guard === null ? null : durationOption("guard", guard, MIN_GUARD_MS, MAX_GUARD_MS);
  const given = args.option("base");
  const givenBase = given === null ? null : wholeNumber("base", given, 0, Number.MAX_SAFE_INTEGER);
  const read = await readSource(path, Date.now());
  if (!read.ok) {
    reportFaults(path, read.faults, args.has("json"), terminal);
    return 1;
  }
  const control = connect(args, terminal);
  const base = givenBase ?? (await head(control))?.version ?? 0;
  const proposal: Proposal = { source: read.source, base, message: args.option("message") ?? "", guardMs };
  const tried = await tryConfig(control, proposal);
  if (!tried.ok && tried.error !== "unchanged") return reportRefusal(tried, base, args, terminal);
  const diff: Diff = tried.ok ? tried.diff : { changes: [] };
  // The first version is one even where it says what was deployed: from then on there is something to go back to.
  const isFirst = tried.ok && base === 0 && !args.has("dry-run");
  if (diff.changes.length === 0 && !isFirst) return unchanged(base, diff, args, terminal);
  if (!args.has("json")) showDiff(diff, control, terminal);
  if (args.has("dry-run")) {
    print(
      { ok: true, dryRun: true, base, diff },
      () => [terminal.paint.dim("dry run: nothing was changed")],
      args,
      terminal,
    );
    return 0;
  }
  await mustAgree(`apply ${shownPath(path)} to ${control.access.name}?`, args);
  return send(control, proposal, diff, args, terminal);
};

async function send(
  control: Control,
  proposal: Proposal,
  diff: Diff,
  args: CommandArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const { paint } = terminal;
  const applied = await applyConfig(control, proposal);
  if (!applied.ok && applied.error === "unchanged") return unchanged(proposal.base, diff, args, terminal);
  if (!applied.ok) return reportRefusal(applied, proposal.base, args, terminal);
  const { version } = applied;
  if (!args.has("json")) terminal.out(`${paint.green("applied")} as version ${version.version} (${version.digest})`);
  // A guard that watches what nobody runs would be content with it.
  const reach = args.has("wait") || proposal.guardMs !== null ? await watchReach(control, version, terminal) : null;
  if (reach !== null && !args.has("json")) terminal.out(reach.holds ? reach.text : paint.red(reach.text));
  const guarded = proposal.guardMs === null ? version : await watchGuard(control, version, terminal);
  const verdict = proposal.guardMs === null ? null : guardVerdict(guarded);
  const holds = (verdict?.holds ?? true) && (reach?.holds ?? true);
  const value = { ok: holds, version: guarded, diff, ...(reach !== null && { reach: reach.seen }) };
  print(value, () => (verdict === null ? [] : [verdictLine(verdict, terminal)]), args, terminal);
  return holds ? 0 : 1;
}

function verdictLine({ holds, text }: ReturnType<typeof guardVerdict>, { paint }: Terminal): string {
  return `${holds ? paint.green("the guard is satisfied:") : paint.red("not kept:")} ${text}`;
}

function unchanged(base: number, diff: Diff, args: CommandArguments, terminal: Terminal): ExitCode {
  const line = base === 0 ? "no difference from the mesh in force" : `no difference: version ${base} is in force`;
  print({ ok: true, unchanged: true, base, diff }, () => [line], args, terminal);
  return 0;
}

function showDiff(diff: Diff, { access }: Control, terminal: Terminal): void {
  terminal.out(terminal.paint.dim(`${access.name} (${access.control})`));
  for (const line of renderDiff(diff, widthOf(terminal), terminal.paint)) terminal.out(line);
}
