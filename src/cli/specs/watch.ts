import type { CommandSpec } from "../command.ts";
import { json, region } from "./options.ts";

/** Commands that look at a running mesh. */
export const WATCH_COMMANDS: readonly CommandSpec[] = [
  {
    name: "explain",
    summary: "Say how a request would be routed, and why",
    positionals: "URL",
    minPositionals: 1,
    maxPositionals: 1,
    options: {
      edge: { value: "URL", short: "e", does: "ask this edge (default: the one URL points at)" },
      config: {
        value: "FILE",
        short: "c",
        does: "start an edge on this config and ask it; it has met no traffic",
      },
      method: { value: "METHOD", short: "X", does: "method of the request (default GET)" },
      header: {
        value: "NAME:VALUE",
        short: "H",
        many: true,
        does: "header of the request; may be given several times",
      },
      token: { value: "TOKEN", does: "debug token of a deployed edge (default: $HEDDLE_DEBUG_TOKEN)" },
      region,
      json,
    },
    notes: ["Exit code 1: no edge answered, or no route matches."],
    examples: [
      "heddle explain http://127.0.0.1:8787/cart",
      'heddle explain https://shop.example.com/cart --edge http://127.0.0.1:8787 -H "x-user: 7"',
      "heddle explain https://shop.example.com/cart --config heddle.yaml",
    ],
    load: async () => (await import("../commands/explain.ts")).explain,
  },
];
