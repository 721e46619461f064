import { join, resolve } from "node:path";
import { ask, mayAsk } from "../ask.ts";
import type { RunCommand } from "../command.ts";
import { shownPath } from "../config/find-config.ts";
import { loadConfig } from "../config/load-config.ts";
import { CommandFailure } from "../failure.ts";
import { projectFiles } from "../init/project-files.ts";
import { describeProject } from "../init/questions.ts";
import { type Written, writeProject } from "../init/write-project.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** `heddle init`: a project that can be run and deployed, from a few answers or options. */
export const init: RunCommand = async (args, terminal) => {
  const { env, err, paint } = terminal;
  // Under npm the folder of the package is the current one, and the user's is another.
  const folder = resolve(env.INIT_CWD ?? ".", args.option("dir") ?? ".");
  const asking =
    args.has("yes") || args.has("json") || !mayAsk()
      ? null
      : { ask, complain: (text: string) => err(paint.yellow(text)) };
  const project = await describeProject(args, folder, asking);
  const files = projectFiles(project, folder);
  const written = await writeProject(folder, files, args.has("force")).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure("unwritable", `${shownPath(error.path ?? folder)} cannot be written (${error.code})`);
  });
  // A config that was there and kept is the user's own, with faults of its own.
  const loaded = await loadConfig(join(folder, "heddle.yaml"), Date.now());
  if (args.has("json")) {
    terminal.out(JSON.stringify({ ok: true, folder, project, files: written, valid: loaded.ok }));
    return 0;
  }
  report(folder, written, terminal);
  if (!loaded.ok)
    err(paint.yellow(`heddle.yaml has faults: heddle validate ${shownPath(join(folder, "heddle.yaml"))}`));
  return 0;
};

const SAYS: Readonly<Record<Written["did"], string>> = {
  wrote: "wrote",
  replaced: "replaced",
  kept: "kept",
  same: "is already so",
};

function report(folder: string, written: readonly Written[], { out, err, paint }: Terminal): void {
  const colour = { wrote: paint.green, replaced: paint.yellow, kept: paint.yellow, same: paint.dim };
  for (const line of table(written.map(({ path, did }) => [colour[did](SAYS[did]), path]))) out(line);
  const kept = written.filter(({ did }) => did === "kept").map(({ path }) => path);
  if (kept.length > 0) err(paint.yellow(`${kept.join(", ")}: there already, and not as it would be; --force replaces`));
  const into = folder === process.cwd() ? "" : `cd ${shownPath(folder)} && `;
  out("");
  out(
    `Next: ${paint.cyan(`${into}npm install`)}, ${paint.cyan("npx heddle dev")}, then ${paint.cyan("npx heddle deploy")}. README.md has all of it.`,
  );
}
