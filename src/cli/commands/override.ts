import { wholeNumber } from "../arguments.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { actionWord } from "../control/action-word.ts";
import { connect } from "../control/connect.ts";
import { nothingToClear, operate, reportCleared } from "../control/operate.ts";
import { clear, overrides, renderOverrides } from "../control/overrides.ts";
import { print } from "../control/print.ts";
import { isSameTarget, parseTarget } from "../control/target.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { widthOf } from "../fit-table.ts";
import type { Terminal } from "../terminal.ts";

const ACTIONS = ["drain", "disable", "weight", "force-healthy", "force-unhealthy"] as const;

/** `heddle override [list|clear]` and `heddle override SERVICE TARGET ACTION`: an operator's word, without a new config. */
export const override: RunCommand = async (args, terminal) => {
  const [first, second, third] = args.positionals;
  const isWord = third !== undefined && (ACTIONS as readonly string[]).includes(third);
  if (!isWord && (first === undefined || first === "list")) return list(second ?? null, args, terminal);
  if (!isWord && first === "clear") return takeBack(second, third, args, terminal);
  if (first === undefined || second === undefined || third === undefined) {
    throw misuse("an override needs SERVICE TARGET ACTION");
  }
  const action = actionWord(third, ACTIONS, "override");
  const percent = percentOf(action, args);
  const word = { target: parseTarget(second), action, ...(percent !== null && { percent }) };
  return operate(connect(args, terminal), first, word, args, terminal);
};

async function list(service: string | null, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const items = await overrides(connect(args, terminal), service);
  print({ items }, () => renderOverrides(items, widthOf(terminal), terminal.paint, Date.now()), args, terminal);
  return 0;
}

/** `which`: a target, or the id of an override; undefined: all of the service. */
async function takeBack(
  service: string | undefined,
  which: string | undefined,
  args: CommandArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  if (service === undefined) throw misuse("heddle override clear needs a SERVICE");
  const control = connect(args, terminal);
  const inForce = await overrides(control, service);
  const byId = inForce.filter(({ id }) => id === which);
  const target = which === undefined || byId.length > 0 ? null : parseTarget(which);
  const found =
    target === null
      ? which === undefined
        ? inForce
        : byId
      : inForce.filter((one) => isSameTarget(one.target, target));
  if (found.length === 0) throw nothingToClear(service, target ?? service, inForce);
  for (const one of found) await clear(control, service, one);
  return reportCleared(service, found, args, terminal);
}

function percentOf(action: string, args: CommandArguments): number | null {
  const given = args.option("percent");
  if (action === "weight" && given === null)
    throw misuse("weight needs --percent, of the configured weight: 50 halves it");
  if (action !== "weight" && given !== null) throw misuse(`--percent goes with weight, not with ${action}`);
  return given === null ? null : wholeNumber("percent", given.replace(/%$/, ""), 0, 1_000);
}

function misuse(message: string): CommandFailure {
  return new CommandFailure("usage", message, "heddle override --help shows how it is used", 2);
}
