/** The published package as a user's project has it: packed by npm, unpacked into node_modules, beside what it needs. */
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../../..");
/** What the package is made of. */
const PARTS = [
  "src",
  "durable-objects",
  "workers",
  "wrangler.toml",
  "heddle.schema.json",
  "package.json",
  "tsconfig.json",
  "README.md",
  "LICENSE",
];

/**
 * Packs the package from a copy of the sources, so that nobody's `dist` is touched, and installs it in `project`. The
 * packages named in `others` are linked from this repository.
 */
export async function installPacked(project: string, others: readonly string[]): Promise<void> {
  const copy = join(project, ".packing");
  await mkdir(copy, { recursive: true });
  await Promise.all(PARTS.map((part) => cp(join(ROOT, part), join(copy, part), { recursive: true })));
  await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await run("npm", ["pack", "--silent"], { cwd: copy, timeout: 120_000 });
  const packed = (await readdir(copy)).find((name) => name.endsWith(".tgz"));
  if (packed === undefined) throw new Error("npm pack left no package");

  const installed = join(project, "node_modules/heddle");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", join(copy, packed), "-C", installed, "--strip-components=1"]);
  for (const name of others) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), link);
  }
  await mkdir(join(project, "node_modules/.bin"), { recursive: true });
  await symlink("../heddle/dist/heddle.js", join(project, "node_modules/.bin/heddle"));
}

/** Runs a program of this repository's node_modules in a project. Rejects with its output when it fails. */
export async function runIn(project: string, program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(join(ROOT, "node_modules/.bin", program), args, { cwd: project, timeout: 120_000 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")}: ${stdout ?? ""}${stderr ?? String(error)}`);
  }
}
