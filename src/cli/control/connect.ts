import type { CommandArguments } from "../command.ts";
import { type Access, findAccess } from "../context/access.ts";
import { CommandFailure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { type Control, createControl } from "./client.ts";

/**
 * The control plane that a command's options, the environment and the contexts name. Nothing is sent yet.
 *
 * Throws CommandFailure when none is named, or when there is no token for it: the control plane answers nobody without one.
 */
export function connect(args: CommandArguments, { env }: Terminal): Control {
  const access = findAccess(args, env);
  if (access.token === null) throw noToken(access);
  return createControl(access);
}

function noToken({ name, control }: Access): CommandFailure {
  const message = `there is no token for ${name === new URL(control).host ? control : `${name} (${control})`}`;
  const fix = "give one with --token or HEDDLE_TOKEN; heddle token create makes them";
  return new CommandFailure("no_token", message, fix, 4);
}
