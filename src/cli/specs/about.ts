import type { CommandSpec } from "../command.ts";
import { json } from "./options.ts";

/** Commands about the commands. */
export const ABOUT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "completion",
    summary: "Print the script that completes these commands in a shell",
    positionals: "bash|zsh|fish",
    minPositionals: 1,
    maxPositionals: 1,
    options: { json },
    notes: [
      "bash: add `source <(heddle completion bash)` to ~/.bashrc. zsh: write it to a file named _heddle in $fpath.",
      "fish: write it to ~/.config/fish/completions/heddle.fish.",
    ],
    examples: ["source <(heddle completion bash)", "heddle completion fish > ~/.config/fish/completions/heddle.fish"],
    load: async () => (await import("../commands/completion.ts")).completion,
  },
  {
    name: "manual",
    summary: "Print the manual of all commands",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: {
      format: { value: "FORMAT", short: "f", does: "man (default) or markdown" },
      out: { value: "FILE", short: "o", does: "write it here (default: standard output)" },
      json,
    },
    notes: [],
    examples: ["heddle manual | man -l -", "heddle manual --format markdown --out MANUAL.md"],
    load: async () => (await import("../commands/manual.ts")).manual,
  },
];
