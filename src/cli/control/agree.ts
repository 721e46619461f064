import { confirm } from "../ask.ts";
import type { CommandArguments } from "../command.ts";
import { CommandFailure } from "../failure.ts";

/** Throws CommandFailure unless the user agrees to a change: with `--yes`, or on a terminal when asked. */
export async function mustAgree(question: string, args: CommandArguments): Promise<void> {
  if (args.has("yes")) return;
  const agreed = args.has("json") ? null : await confirm(question);
  if (agreed === true) return;
  if (agreed === false) throw new CommandFailure("declined", "nothing was changed");
  const fix = "say so with --yes, or look with --dry-run";
  throw new CommandFailure("usage", "nobody is here to agree to the change", fix, 2);
}
