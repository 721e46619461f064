/** What a command ends with: 0 done; 1 it did not work out (faults found, unreachable, crashed); 2 it was used wrongly. */
export type ExitCode = 0 | 1 | 2;

/**
 * Ends a command with a message for its user. Thrown anywhere below a command, caught once in main.ts; every other
 * exception is a bug and shown with its stack.
 *
 * - `message`: what is wrong, with the path, name or address it is about.
 * - `fix`: what to do about it, as a command or a sentence; "" when there is nothing to suggest.
 */
export class CommandFailure extends Error {
  readonly fix: string;
  readonly exitCode: ExitCode;
  /** Stable name for `--json`. */
  readonly code: string;

  constructor(code: string, message: string, fix = "", exitCode: ExitCode = 1) {
    super(message);
    this.name = "CommandFailure";
    this.code = code;
    this.fix = fix;
    this.exitCode = exitCode;
  }
}
