import type { RunCommand } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { type CompletedCommand, completedCommands } from "../completion/model.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { actionWord } from "../control/action-word.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `heddle completion bash|zsh|fish`: the script that teaches a shell our commands. */
export const completion: RunCommand = async (args, terminal) => {
  const shell = actionWord(args.positionals[0]!, SHELLS, "completion");
  const script = SCRIPTS[shell](completedCommands(COMMANDS));
  if (args.has("json")) terminal.out(JSON.stringify({ ok: true, shell, script }));
  else terminal.raw(script);
  return 0;
};
