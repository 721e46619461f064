// Runs tests by the command that it is given: `node .ci/tests.mjs npm test`. When few files failed, and all of them drive real processes in
// real time (integration, peers, browser), it runs those once more, one after the other and nothing beside them, and what
// that finds counts. They make claims about seconds, and are measured beside other files, on whatever machine this is: what
// fails among others and holds alone was the machine's doing; what is broken fails twice. Both runs are shown in full, and
// what had failed at first is named at the end. Unit and workerd tests depend on no clock but their own: they get one run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAX_FILES = 4;
const TIMED = ["integration", "peers", "browser"];
const REPORTERS = ["--reporter=default", `--reporter=${fileURLToPath(new URL("failed-files.mjs", import.meta.url))}`];

const [program, ...args] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "heddle-ci-"));

/** Runs the command; `failed` is null when it is not known which files did, or not only files. */
function run(words) {
  const list = join(folder, "failed.json");
  rmSync(list, { force: true });
  const env = { ...process.env, FAILED_FILES: list };
  const { status } = spawnSync(program, [...args, "--", ...REPORTERS, ...words], { stdio: "inherit", env });
  try {
    const { failed, isWhole } = JSON.parse(readFileSync(list, "utf8"));
    return { ok: status === 0, failed: isWhole ? failed : null };
  } catch {
    return { ok: status === 0, failed: null };
  }
}

/** Says it so that nobody overlooks it. */
function say(lines) {
  const bar = "!".repeat(100);
  console.log(["", bar, ...lines.map((line) => `!! ${line}`), bar, ""].join("\n"));
}

function main() {
  const first = run([]);
  if (first.ok) return true;
  const { failed } = first;
  if (failed === null || failed.length === 0 || failed.length > MAX_FILES) return false;
  if (!failed.every(({ project }) => TIMED.includes(project))) return false;
  const names = failed.flatMap(({ project, file, tests }) => [
    `${file} (${project})`,
    ...tests.map((test) => `    ${test}`),
  ]);
  say(["FAILED AT FIRST; run once more, by themselves:", ...names]);
  const second = run(["--no-file-parallelism", ...failed.map(({ file }) => file)]);
  const verdict = second.ok
    ? "PASSED by themselves, and that counts, after they FAILED beside others:"
    : "FAILED TWICE:";
  say([verdict, ...names, "What failed at first is shown above."]);
  return second.ok;
}

try {
  process.exitCode = main() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
