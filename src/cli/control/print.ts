import type { CommandArguments } from "../command.ts";
import type { Terminal } from "../terminal.ts";

/** Prints a result: one JSON object with `--json`, the lines otherwise. */
export function print(
  value: unknown,
  lines: () => readonly string[],
  args: CommandArguments,
  terminal: Terminal,
): void {
  if (args.has("json")) terminal.out(JSON.stringify(value));
  else for (const line of lines()) terminal.out(line);
}
