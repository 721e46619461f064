import { wholeNumber } from "../arguments.ts";
import type { RunCommand } from "../command.ts";
import { mustAgree } from "../control/agree.ts";
import { connect } from "../control/connect.ts";
import { print } from "../control/print.ts";
import { watchReach } from "../control/reach.ts";
import { renderDiff } from "../control/render-diff.ts";
import { versionLine } from "../control/render-history.ts";
import { reportRefusal } from "../control/report-refusal.ts";
import { diffOf, head, rollBack, version } from "../control/versions.ts";
import { CommandFailure } from "../failure.ts";
import { widthOf } from "../fit-table.ts";

/** `heddle rollback [VERSION]`: makes a new version of the content of a former one; by default of the one before. */
export const rollback: RunCommand = async (args, terminal) => {
  const { paint } = terminal;
  const given = args.positionals[0];
  const wanted = given === undefined ? null : wholeNumber("VERSION", given, 1, Number.MAX_SAFE_INTEGER);
  const control = connect(args, terminal);
  const current = await head(control);
  if (current === null)
    throw new CommandFailure("not_found", "nothing was ever applied: there is nothing to go back to");
  const to = await version(control, wanted ?? before(current.version));
  const diff = await diffOf(control, current.version, to.version);
  if (!args.has("json")) {
    terminal.out(versionLine(to, paint));
    for (const line of renderDiff(diff, widthOf(terminal), paint)) terminal.out(line);
  }
  if (args.has("dry-run")) {
    print({ ok: true, dryRun: true, to, diff }, () => [paint.dim("dry run: nothing was changed")], args, terminal);
    return 0;
  }
  await mustAgree(`go back to version ${to.version} on ${control.access.name}?`, args);
  const base = current.version;
  const rolled = await rollBack(control, { to: to.version, base, message: args.option("message") ?? "" });
  if (!rolled.ok && rolled.error === "unchanged") {
    print({ ok: true, unchanged: true, base, diff }, () => ["no difference: nothing was changed"], args, terminal);
    return 0;
  }
  if (!rolled.ok) return reportRefusal(rolled, base, args, terminal);
  const made = rolled.version;
  if (!args.has("json"))
    terminal.out(`${paint.green("rolled back")} to version ${to.version}, as version ${made.version}`);
  const reach = args.has("wait") ? await watchReach(control, made, terminal) : null;
  const value = { ok: reach?.holds ?? true, version: made, diff, ...(reach !== null && { reach: reach.seen }) };
  print(value, () => (reach === null ? [] : [reach.text]), args, terminal);
  return (reach?.holds ?? true) ? 0 : 1;
};

/** The number of the version before one. Throws CommandFailure for the first. */
function before(number: number): number {
  if (number > 1) return number - 1;
  throw new CommandFailure(
    "not_found",
    "version 1 is the first: there is none to go back to",
    "heddle history lists the versions",
  );
}
