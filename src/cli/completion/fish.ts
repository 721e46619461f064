import type { CompletedCommand, CompletedOption } from "./model.ts";

/** A completion script for fish. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return [
    "# fish completion for heddle. To load it: heddle completion fish | source",
    "complete -c heddle -f",
    `complete -c heddle -n __fish_use_subcommand -l version -s V -d ${quoted("the version")}`,
    ...commands.flatMap(linesOf),
    "",
  ].join("\n");
}

function linesOf({ name, summary, words, takesFiles, options }: CompletedCommand): string[] {
  const during = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  return [
    `complete -c heddle -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...(words.length === 0 ? [] : [`complete -c heddle ${during} -a ${quoted(words.join(" "))}`]),
    ...(takesFiles ? [`complete -c heddle ${during} -F`] : []),
    ...options.map((option) => `complete -c heddle ${during} ${optionWords(option)}`),
  ];
}

function optionWords({ name, short, does, takes }: CompletedOption): string {
  const after = takes === "nothing" ? "" : valueWords(takes);
  return `-l ${name}${short === "" ? "" : ` -s ${short}`}${after} -d ${quoted(does)}`;
}

function valueWords(takes: CompletedOption["takes"]): string {
  if (takes === "file") return " -r -F";
  if (takes === "folder") return ` -x -a ${quoted("(__fish_complete_directories)")}`;
  return typeof takes === "string" ? " -x" : ` -x -a ${quoted(takes.join(" "))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
