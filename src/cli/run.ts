import { nearest } from "../config/nearest.ts";
import { readArguments } from "./arguments.ts";
import type { CommandSpec } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { CommandFailure, type ExitCode } from "./failure.ts";
import { commandHelp, overview } from "./help.ts";
import { installation } from "./installation.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs one command line.
 *
 * - `words`: what follows the program's name.
 *
 * Returns the exit code. Throws only what is a bug.
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(words, terminal);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    report(error, words.includes("--json"), terminal);
    return error.exitCode;
  }
}

async function dispatch(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = words;
  if (name === "--version" || name === "-V") {
    terminal.out(installation().version);
    return 0;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const about = rest[0] === undefined ? null : commandNamed(rest[0]);
    const text =
      about === null ? overview(COMMANDS, installation().version, terminal.paint) : commandHelp(about, terminal.paint);
    if (name !== undefined) terminal.out(text);
    else terminal.err(text);
    return name === undefined ? 2 : 0;
  }
  const spec = commandNamed(name);
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (own.includes("--help") || own.includes("-h")) {
    terminal.out(commandHelp(spec, terminal.paint));
    return 0;
  }
  const args = readArguments(spec, rest);
  return (await spec.load())(args, terminal);
}

function commandNamed(name: string): CommandSpec {
  const spec = COMMANDS.find((candidate) => candidate.name === name);
  if (spec !== undefined) return spec;
  const guess = nearest(
    name,
    COMMANDS.map((candidate) => candidate.name),
  );
  throw new CommandFailure(
    "usage",
    `there is no command "${name}"`,
    guess === undefined ? "heddle --help lists the commands" : `did you mean "heddle ${guess}"?`,
    2,
  );
}

function report(failure: CommandFailure, asJson: boolean, { out, err, paint }: Terminal): void {
  if (asJson) {
    out(JSON.stringify({ ok: false, error: failure.code, detail: failure.message, fix: failure.fix }));
    return;
  }
  err(`${paint.red("heddle:")} ${failure.message}`);
  if (failure.fix !== "") err(`  ${paint.dim("→")} ${failure.fix}`);
}
