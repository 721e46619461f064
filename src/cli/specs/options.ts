/** Options that mean the same in every command that has them. */
import type { OptionSpec } from "../command.ts";

export const json: OptionSpec = { does: "print JSON instead of text" };

export const config: OptionSpec = {
  value: "FILE",
  short: "c",
  does: "mesh config: .yaml, .json or .ts (default: heddle.yaml, .yml, .json or heddle.config.ts here)",
};

export const region: OptionSpec = {
  value: "REGION",
  does: "region the edge takes itself to be in, e.g. weur or enam",
};
