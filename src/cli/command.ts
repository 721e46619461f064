import type { ExitCode } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** One option of a command. `value` names its argument in help; without it the option is a switch. */
export interface OptionSpec {
  readonly value?: string;
  readonly short?: string;
  /** May be given several times. */
  readonly many?: boolean;
  readonly does: string;
}

/** Everything help, parsing and suggestions know about a command; its code is loaded when it runs. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Positional arguments as help shows them, e.g. `"FILE"`, `"[ORIGIN [FAULT...]]"`; "" for none. */
  readonly positionals: string;
  readonly minPositionals: number;
  readonly maxPositionals: number;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Lines for the end of its help. */
  readonly notes: readonly string[];
  readonly examples: readonly string[];
  readonly load: () => Promise<RunCommand>;
}

/** What was given on the command line, checked against the spec. */
export interface CommandArguments {
  readonly positionals: readonly string[];
  /** Null when not given. */
  option(name: string): string | null;
  /** Every value of an option that may be given several times. */
  options(name: string): readonly string[];
  has(name: string): boolean;
}

export type RunCommand = (args: CommandArguments, terminal: Terminal) => Promise<ExitCode>;
