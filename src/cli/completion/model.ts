import { REGIONS } from "../../core/region.ts";
import type { CommandSpec } from "../command.ts";

/** What may follow an option: nothing (a switch), a file, a folder, one of some words, or anything. */
export type Takes = "nothing" | "file" | "folder" | "anything" | readonly string[];

export interface CompletedOption {
  readonly name: string;
  /** "" for none. */
  readonly short: string;
  readonly does: string;
  /** As help names it; "" for a switch. */
  readonly value: string;
  readonly takes: Takes;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  /** Words that may be given as they are. */
  readonly words: readonly string[];
  readonly takesFiles: boolean;
  readonly options: readonly CompletedOption[];
}

/** What a shell is told about the commands: the same that help and parsing know. Never throws. */
export function completedCommands(commands: readonly CommandSpec[]): readonly CompletedCommand[] {
  const help = { name: "help", short: "h", does: "this text", value: "", takes: "nothing" } as const;
  const known = commands.map(({ name, summary, positionals, options }) => ({
    name,
    summary,
    // Capitals stand for something; words in lower case are to be typed.
    words: [...new Set(positionals.match(/(?<![A-Za-z-])[a-z][a-z-]+/g) ?? [])],
    takesFiles: positionals.includes("FILE"),
    options: [
      ...Object.entries(options).map(([option, { value = "", short = "", does }]) => ({
        name: option,
        short,
        does,
        value,
        takes: takenBy(value),
      })),
      help,
    ],
  }));
  const names = known.map(({ name }) => name);
  const about = { name: "help", summary: "Show the help of a command", words: names, takesFiles: false, options: [] };
  return [...known, about];
}

function takenBy(value: string): Takes {
  if (value === "") return "nothing";
  if (value === "FILE") return "file";
  if (value === "DIR") return "folder";
  return value === "REGION" ? REGIONS : "anything";
}
