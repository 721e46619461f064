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

/** Which mesh a command that talks to a control plane is about. */
export const mesh: Readonly<Record<"context" | "control" | "token", OptionSpec>> = {
  context: { value: "NAME", does: "the mesh of this context (default: the one that runs here, or the one in use)" },
  control: { value: "URL", does: "the mesh with this control plane (default: $HEDDLE_CONTROL_URL)" },
  token: { value: "TOKEN", does: "token for it (default: the context's, or $HEDDLE_TOKEN)" },
};
