import type { CompletedCommand, CompletedOption } from "./model.ts";

/** A completion script for zsh: to be sourced, or to be a file named _heddle in $fpath. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(":", "\\:")}`)}`);
  return `#compdef heddle
# zsh completion for heddle. To load it: source <(heddle completion zsh)
_heddle() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe -t commands 'heddle command' commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${commands.map(caseOf).join("\n")}
  esac
}
if [[ $funcstack[1] == _heddle ]]; then
  _heddle "$@"
else
  compdef _heddle heddle
fi
`;
}

function caseOf({ name, words, takesFiles, options }: CompletedCommand): string {
  const positionals = [
    ...(words.length === 0 ? [] : [quoted(`1: :(${words.join(" ")})`)]),
    ...(takesFiles ? [quoted("*:file:_files")] : []),
  ];
  const specs = [...options.map(optionSpec), ...positionals];
  return `    ${name})
      _arguments ${specs.length === 0 ? "" : `\\\n        ${specs.join(" \\\n        ")}`}
      ;;`;
}

function optionSpec({ name, short, does, value, takes }: CompletedOption): string {
  const text = does.replaceAll("\\", "\\\\").replaceAll(/[[\]]/g, "\\$&");
  const label = value.replaceAll(/[:[\]]/g, "\\$&");
  const after = takes === "nothing" ? "" : `:${label}:${actionOf(takes)}`;
  const spec = quoted(`[${text}]${after}`);
  return short === "" ? `--${name}${spec}` : `{-${short},--${name}}${spec}`;
}

function actionOf(takes: CompletedOption["takes"]): string {
  if (takes === "file") return "_files";
  if (takes === "folder") return "_files -/";
  return typeof takes === "string" ? " " : `(${takes.join(" ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
