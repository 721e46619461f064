import type { CommandSpec } from "../command.ts";
import { json } from "./options.ts";

/** Commands that steer a running mesh without a new config. */
export const OPERATE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "rollout",
    summary: "List the rollouts of an edge, show one, or start, pause, resume, promote or abort it",
    positionals: "[NAME [ACTION]]",
    minPositionals: 0,
    maxPositionals: 2,
    options: {
      edge: { value: "URL", short: "e", does: "ask this edge (default: http://127.0.0.1:8787)" },
      token: { value: "TOKEN", does: "operator token of a deployed edge (default: $HEDDLE_OPERATOR_TOKEN)" },
      by: { value: "NAME", does: "who says so, for the history (default: $USER)" },
      json,
    },
    notes: [
      "ACTION: start (at the first step), pause (keep the weight, stop the clock), resume, promote (to the next step now) or",
      "abort (everything back to the stable side). A limit that is broken rolls it back without a word.",
    ],
    examples: [
      "heddle rollout",
      "heddle rollout shop-v2 start --edge https://shop.example.com",
      "heddle rollout shop-v2 --json",
    ],
    load: async () => (await import("../commands/rollout.ts")).rollout,
  },
];
