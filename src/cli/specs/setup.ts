import type { CommandSpec } from "../command.ts";

/** Commands that set a mesh up and look after its installation. */
export const SETUP_COMMANDS: readonly CommandSpec[] = [];
