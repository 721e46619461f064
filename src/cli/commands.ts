import type { CommandSpec } from "./command.ts";
import { CONFIG_COMMANDS } from "./specs/config.ts";
import { CONTROL_COMMANDS } from "./specs/control.ts";
import { LOCAL_COMMANDS } from "./specs/local.ts";
import { SETUP_COMMANDS } from "./specs/setup.ts";

/** Every command, in the order help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  ...SETUP_COMMANDS,
  ...LOCAL_COMMANDS,
  ...CONFIG_COMMANDS,
  ...CONTROL_COMMANDS,
];
