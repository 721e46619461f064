import type { CommandSpec } from "./command.ts";
import { ABOUT_COMMANDS } from "./specs/about.ts";
import { ACCESS_COMMANDS } from "./specs/access.ts";
import { CONFIG_COMMANDS } from "./specs/config.ts";
import { LOCAL_COMMANDS } from "./specs/local.ts";
import { OPERATE_COMMANDS } from "./specs/operate.ts";
import { SETUP_COMMANDS } from "./specs/setup.ts";
import { VERSION_COMMANDS } from "./specs/versions.ts";
import { WATCH_COMMANDS } from "./specs/watch.ts";

/** Every command, in the order help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  ...SETUP_COMMANDS,
  ...LOCAL_COMMANDS,
  ...CONFIG_COMMANDS,
  ...VERSION_COMMANDS,
  ...WATCH_COMMANDS,
  ...OPERATE_COMMANDS,
  ...ACCESS_COMMANDS,
  ...ABOUT_COMMANDS,
];
