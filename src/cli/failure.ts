/**
 * What a command ends with.
 *
 * - 0: done, and as it should be
 * - 1: it did not hold: faults found, versions differ, a change was refused, no route matches, it crashed
 * - 2: used wrongly; nothing was done
 * - 3: the control plane (or the edge that was asked) cannot be reached
 * - 4: not allowed: no token, a wrong or expired one, or one without the scope
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** The exit codes as help and the manual show them. */
export const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [0, "done, and as it should be"],
  [1, "it did not hold: faults, a difference, a refused change, no route"],
  [2, "wrong usage; nothing was done"],
  [3, "the control plane or the edge cannot be reached"],
  [4, "not allowed: no token, a wrong or expired one, or one without the scope"],
];

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
