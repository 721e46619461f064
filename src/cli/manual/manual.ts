import type { CommandSpec, OptionSpec } from "../command.ts";
import { EXIT_CODES } from "../failure.ts";
import { ENVIRONMENT, FILES } from "./environment.ts";

/** A piece of the manual, before it is written in one format or another. */
export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  /** Lines that are shown as they are. */
  | { readonly kind: "lines"; readonly lines: readonly string[] }
  | { readonly kind: "terms"; readonly terms: readonly (readonly [term: string, means: string])[] };

/** Everything there is to say about the command, from the definitions that it runs by. Never throws. */
export function manual(commands: readonly CommandSpec[]): readonly Block[] {
  return [
    heading(1, "Synopsis"),
    lines("heddle COMMAND [ARGUMENTS] [OPTIONS]", "heddle help COMMAND", "heddle --version"),
    heading(1, "Description"),
    text(
      "heddle sets up, runs, checks, deploys and steers a mesh of Heddle: one front door for services that run in several clouds, in Cloudflare Workers.",
    ),
    text(
      "Results go to standard output, problems to standard error. Every command takes --json and then writes JSON; there are colours on a terminal only. An argument after -- is never an option.",
    ),
    heading(1, "Commands"),
    ...commands.flatMap(commandBlocks),
    heading(1, "Exit codes"),
    { kind: "terms", terms: EXIT_CODES.map(([code, means]) => [`${code}`, means]) },
    heading(1, "Environment"),
    { kind: "terms", terms: ENVIRONMENT },
    heading(1, "Files"),
    { kind: "terms", terms: FILES },
  ];
}

function commandBlocks({ name, summary, positionals, options, notes, examples }: CommandSpec): Block[] {
  const usage = ["heddle", name, positionals, "[OPTIONS]"].filter((word) => word !== "").join(" ");
  return [
    heading(2, `heddle ${name}`),
    text(`${summary}.`),
    lines(usage),
    { kind: "terms", terms: Object.entries(options).map(([option, spec]) => [formOf(option, spec), spec.does]) },
    ...noteBlocks(notes),
    lines(...examples),
  ];
}

function formOf(name: string, { value, short }: OptionSpec): string {
  return `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

/** Notes are lines of a width that suits a terminal: text, and between it lines that are indented and stay as they are. */
function noteBlocks(notes: readonly string[]): Block[] {
  const blocks: Block[] = [];
  for (const note of notes) {
    const isShown = note.startsWith("  ");
    const last = blocks.at(-1);
    if (note === "") blocks.push(text(""));
    else if (isShown && last?.kind === "lines") blocks[blocks.length - 1] = lines(...last.lines, note.slice(2));
    else if (isShown) blocks.push(lines(note.slice(2)));
    else if (last?.kind === "text") blocks[blocks.length - 1] = text(`${last.text} ${note}`.trim());
    else blocks.push(text(note));
  }
  return blocks.filter((block) => block.kind !== "text" || block.text !== "");
}

function heading(level: 1 | 2, title: string): Block {
  return { kind: "heading", level, text: title };
}

function text(words: string): Block {
  return { kind: "text", text: words };
}

function lines(...shown: readonly string[]): Block {
  return { kind: "lines", lines: shown };
}
