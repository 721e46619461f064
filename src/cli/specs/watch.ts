import type { CommandSpec } from "../command.ts";
import { json, mesh, region } from "./options.ts";

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
  {
    name: "events",
    summary: "Show what happened: health, config, discovery; or who changed what",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: {
      follow: { short: "f", does: "go on showing what happens until Ctrl-C" },
      audit: { does: "the audit log: who changed what, from where" },
      service: { value: "NAME", short: "s", does: "only of this service" },
      type: { value: "TYPE", does: "only of this type; with --audit: only this action" },
      since: { value: "DURATION|TIME", does: "not before, e.g. 1h or 2026-11-21T14:00:00Z" },
      limit: { value: "N", short: "n", does: "the latest so many (default 50, with --since 1000)" },
      ...mesh,
      json: { does: "print JSON: one object, or with --follow one a line" },
    },
    notes: ["Oldest first."],
    examples: ["heddle events --since 1h", "heddle events --follow --service shop", "heddle events --audit --json"],
    load: async () => (await import("../commands/events.ts")).events,
  },
];
