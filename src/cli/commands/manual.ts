import { resolve } from "node:path";
import type { RunCommand } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { actionWord } from "../control/action-word.ts";
import { installation } from "../installation.ts";
import { manualPage } from "../manual/man.ts";
import { manual as manualBlocks } from "../manual/manual.ts";
import { manualMarkdown } from "../manual/markdown.ts";
import { writeWhole } from "./compile.ts";

const FORMATS = ["man", "markdown"] as const;

/** `heddle manual`: a page about everything the command does. */
export const manual: RunCommand = async (args, terminal) => {
  const format = actionWord(args.option("format") ?? "man", FORMATS, "manual --format");
  const blocks = manualBlocks(COMMANDS);
  const text = format === "man" ? manualPage(blocks, installation().version) : manualMarkdown(blocks);
  const out = args.option("out");
  if (out !== null) await writeWhole(resolve(out), text);
  else if (args.has("json")) terminal.out(JSON.stringify({ ok: true, format, text }));
  else terminal.raw(text);
  return 0;
};
