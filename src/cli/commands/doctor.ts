import type { RunCommand } from "../command.ts";
import type { Check, CheckState } from "../doctor/check.ts";
import { checkNode, checkPackage, checkWorkerd, checkWrangler } from "../doctor/machine.ts";
import { checkMesh } from "../doctor/mesh.ts";
import { checkConfig, checkSecrets, checkWorkers } from "../doctor/project.ts";
import { checkRateLimits } from "../doctor/rate-limits.ts";
import type { Paint } from "../terminal.ts";

/** `heddle doctor`: looks at everything that a mesh needs, and says what to do about what is wrong. */
export const doctor: RunCommand = async (args, terminal) => {
  const { env, out, paint } = terminal;
  const asJson = args.has("json");
  const checks: Check[] = [];
  const add = (...more: readonly Check[]) => {
    checks.push(...more);
    if (!asJson) for (const check of more) for (const line of linesOf(check, paint)) out(line);
  };
  const folder = env.INIT_CWD ?? process.cwd();
  add(checkNode(process.versions.node), checkPackage(folder), checkWrangler(folder));
  const { check, read } = await checkConfig(args, env);
  add(check, ...checkWorkers(args, env), ...checkRateLimits(args, env, read?.mesh ?? null));
  add(await checkWorkerd(read?.mesh ?? null));
  add(...(await checkSecrets(args, env, read?.mesh ?? null)));
  add(...(await checkMesh(args, env, read?.source ?? null)).checks);
  const count = (state: CheckState) => checks.filter((one) => one.state === state).length;
  const isWell = count("broken") === 0;
  if (asJson) out(JSON.stringify({ ok: isWell, checks }));
  else {
    const says = `${count("ok")} well, ${count("warning")} to look at, ${count("broken")} broken`;
    out("");
    out(isWell ? paint.green(says) : paint.red(says));
  }
  return isWell ? 0 : 1;
};

function linesOf({ id, state, says, fix }: Check, paint: Paint): string[] {
  const marks = {
    ok: paint.green("ok"),
    warning: paint.yellow("look"),
    broken: paint.red("broken"),
    unknown: paint.dim("?"),
  };
  const gap = " ".repeat(Math.max(0, 8 - state.replace("warning", "look").replace("unknown", "?").length));
  const first = `${marks[state]}${gap}${paint.bold(id)}: ${says.split("\n").join("\n          ")}`;
  return fix === "" ? [first] : [first, `        ${paint.dim("→")} ${fix}`];
}
