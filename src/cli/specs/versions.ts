import type { CommandSpec } from "../command.ts";
import { config, json, mesh } from "./options.ts";

const yes = { short: "y", does: "do not ask; needed where nobody can be asked" };
const message = { value: "TEXT", short: "m", does: "why, for the history" };
const wait = { does: "wait until the isolates run it, and show how many do" };

/** Commands that change which config is in force. */
export const VERSION_COMMANDS: readonly CommandSpec[] = [
  {
    name: "diff",
    summary: "Show how a config differs from the mesh's, and how much traffic that touches",
    positionals: "[FILE]",
    minPositionals: 0,
    maxPositionals: 1,
    options: {
      config,
      from: { value: "VERSION", does: "compare this version of the mesh (default: the one before --to)" },
      to: { value: "VERSION", does: "with this one (default: the one in force)" },
      ...mesh,
      json,
    },
    notes: [
      "Exit code 0: no difference; 1: there is one, or the config has faults. Text and order do not count, only meaning.",
    ],
    examples: ["heddle diff", "heddle diff heddle.yaml --context prod", "heddle diff --from 3 --to 5"],
    load: async () => (await import("../commands/diff.ts")).diff,
  },
  {
    name: "apply",
    summary: "Make a config the mesh's next version, if nobody else changed it meanwhile",
    positionals: "[FILE]",
    minPositionals: 0,
    maxPositionals: 1,
    options: {
      config,
      "dry-run": { does: "show the difference and change nothing" },
      guard: {
        value: "DURATION",
        does: "watch success rate and p99 for so long (10s to 1h), and go back if they suffer",
      },
      message,
      base: { value: "VERSION", does: "the version it was made from (default: the one in force now)" },
      wait,
      yes,
      ...mesh,
      json,
    },
    notes: [
      "Shows the difference and asks first; --guard waits for the isolates, too. Exit code 1: it was refused (faults, or",
      "another version came first: that one's changes are shown), declined, not run everywhere, or rolled back.",
    ],
    examples: [
      "heddle apply",
      'heddle apply heddle.yaml --guard 2m --message "gcp takes a third" --yes',
      "heddle apply --base 7 --yes --wait --json",
    ],
    load: async () => (await import("../commands/apply.ts")).apply,
  },
  {
    name: "rollback",
    summary: "Make a new version of what a former version was",
    positionals: "[VERSION]",
    minPositionals: 0,
    maxPositionals: 1,
    options: { "dry-run": { does: "show the difference and change nothing" }, message, wait, yes, ...mesh, json },
    notes: ["Without VERSION: the one before the version in force."],
    examples: ["heddle rollback", 'heddle rollback 12 --yes --message "checkout is slow since 13"'],
    load: async () => (await import("../commands/rollback.ts")).rollback,
  },
  {
    name: "history",
    summary: "List the versions of the config: who, when, why, and what their guards said",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: { limit: { value: "N", short: "n", does: "how many (default 20)" }, ...mesh, json },
    notes: [],
    examples: ["heddle history", "heddle history --limit 100 --json"],
    load: async () => (await import("../commands/history.ts")).history,
  },
];
