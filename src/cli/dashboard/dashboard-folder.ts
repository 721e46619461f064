/** Where the built dashboard is. The published package carries it; a checkout builds it when it is missing or old. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailure } from "../failure.ts";
import { installation } from "../installation.ts";

const SOURCES = "workers/control/dashboard";
const BUILDER = "node_modules/vite/bin/vite.js";
/** Of the sources: not what is only looked at. */
const IGNORED: readonly string[] = ["screenshots", "README.md"];
const BUILD_MS = 120_000;

let pending: Promise<string> | undefined;

/**
 * The folder of the dashboard's files; in a checkout it is built first, once in a process, where its sources are newer.
 * That takes some seconds. Throws CommandFailure when it does not build.
 */
export function dashboardFolder(): Promise<string> {
  pending ??= ensure();
  return pending;
}

async function ensure(): Promise<string> {
  const { dashboard, isCheckout, root } = installation();
  if (!isCheckout || isFresh(join(root, SOURCES), dashboard)) return dashboard;
  await buildDashboard();
  return dashboard;
}

/** Builds it from a checkout's sources. Two that build at once do not disturb each other: each swaps in a whole one. */
export async function buildDashboard(): Promise<void> {
  const { dashboard, root } = installation();
  const made = `${dashboard}.${process.pid}`;
  const old = `${made}.old`;
  try {
    await run(
      [join(root, BUILDER), "build", "--logLevel", "warn", "--outDir", made, "--emptyOutDir"],
      join(root, SOURCES),
    );
    if (existsSync(dashboard)) await rename(dashboard, old).catch(() => {});
    await rename(made, dashboard).catch((error: unknown) => {
      // Another one was quicker, and its is as good.
      if (!existsSync(join(dashboard, "index.html"))) throw error;
    });
  } finally {
    await Promise.all([made, old].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** Whether no source is newer than what was built of them. */
export function isFresh(sources: string, built: string): boolean {
  const index = join(built, "index.html");
  return existsSync(index) && newest(sources) <= statSync(index).mtimeMs;
}

/** Epoch milliseconds; 0 for an empty folder. */
function newest(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !IGNORED.includes(name))
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
    });
  return Math.max(0, ...times);
}

function run(args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, timeout: BUILD_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve();
      const said = `${stderr}\n${stdout}`.trim().slice(-2_000);
      reject(new CommandFailure("build_failed", `the dashboard does not build: ${said}`, "npm ci, then try again"));
    });
  });
}
