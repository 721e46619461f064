import { wholeNumber } from "../arguments.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { reportFaults } from "../config/faults-report.ts";
import { findConfig } from "../config/find-config.ts";
import { connect } from "../control/connect.ts";
import { print } from "../control/print.ts";
import { renderDiff } from "../control/render-diff.ts";
import { reportRefusal } from "../control/report-refusal.ts";
import type { Diff } from "../control/shapes.ts";
import { readSource } from "../control/source.ts";
import { diffOf, head, tryConfig } from "../control/versions.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { widthOf } from "../fit-table.ts";
import type { Terminal } from "../terminal.ts";

/** `heddle diff [FILE]`: how a config differs from the mesh's; with `--from` and `--to`, how two of its versions do. */
export const diff: RunCommand = async (args, terminal) => {
  if (args.has("from") || args.has("to")) return betweenVersions(args, terminal);
  const path = findConfig(args.positionals[0] ?? args.option("config"), terminal.env);
  const read = await readSource(path, Date.now());
  if (!read.ok) {
    reportFaults(path, read.faults, args.has("json"), terminal);
    return 1;
  }
  const control = connect(args, terminal);
  const base = (await head(control))?.version ?? 0;
  const tried = await tryConfig(control, { source: read.source, base, message: "", guardMs: null });
  if (!tried.ok && tried.error !== "unchanged") return reportRefusal(tried, base, args, terminal);
  return show(tried.ok ? tried.diff : { changes: [] }, base, args, terminal);
};

async function betweenVersions(args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  if (args.positionals.length > 0) throw new CommandFailure("usage", "FILE and --from, --to exclude each other", "", 2);
  const control = connect(args, terminal);
  const number = (option: string) => {
    const text = args.option(option);
    return text === null ? null : wholeNumber(option, text, 1, Number.MAX_SAFE_INTEGER);
  };
  const to = number("to") ?? (await head(control))?.version ?? 0;
  const from = number("from") ?? to - 1;
  if (from < 1 || to < 1) throw new CommandFailure("not_found", "there is no version before it to compare with");
  return show(await diffOf(control, from, to), from, args, terminal);
}

function show(found: Diff, base: number, args: CommandArguments, terminal: Terminal): ExitCode {
  const same = found.changes.length === 0;
  print(
    { ok: true, same, base, diff: found },
    () => renderDiff(found, widthOf(terminal), terminal.paint),
    args,
    terminal,
  );
  return same ? 0 : 1;
}
