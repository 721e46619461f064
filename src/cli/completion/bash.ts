import type { CompletedCommand, CompletedOption } from "./model.ts";

/** A completion script for bash, 3.2 and later. Names and words of commands need no quoting: they are ours. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# bash completion for heddle. To load it: source <(heddle completion bash)
_heddle() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local options="" words="" takes=""
  # bash splits --name=value at the sign.
  if [[ $cur == "=" ]]; then
    cur=""
  elif [[ $prev == "=" ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if ((COMP_CWORD == 1)); then
    words="${names}"
    options="--help --version"
  else
    case $command in
${commands.map(caseOf).join("\n")}
    esac
  fi
  case $takes in
    anything) COMPREPLY=() ;;
    words) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    file) _heddle_paths -f "$cur" ;;
    folder) _heddle_paths -d "$cur" ;;
    *)
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
      elif [[ $takes == files ]]; then
        _heddle_paths -f "$cur"
        COMPREPLY+=($(compgen -W "$words" -- "$cur"))
      else
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
      fi
      ;;
  esac
}
_heddle_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$2"))
}
complete -F _heddle heddle
`;
}

function caseOf({ name, words, takesFiles, options }: CompletedCommand): string {
  const forms = options.flatMap(formsOf).join(" ");
  const taking = options.filter(({ takes }) => takes !== "nothing").map(valueCase);
  return `      ${name})
        options="${forms}"
        words="${words.join(" ")}"
        takes="${takesFiles ? "files" : ""}"
        case $prev in
${taking.join("\n")}${taking.length === 0 ? "" : "\n"}          *) ;;
        esac
        ;;`;
}

function valueCase(option: CompletedOption): string {
  const { takes } = option;
  const then = typeof takes === "string" ? `takes=${takes}` : `takes=words words="${takes.join(" ")}"`;
  return `          ${formsOf(option).join(" | ")}) ${then} ;;`;
}

function formsOf({ name, short }: CompletedOption): string[] {
  return short === "" ? [`--${name}`] : [`--${name}`, `-${short}`];
}
