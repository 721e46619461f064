/** What this machine has to have: Node, our own package, Wrangler, and a workerd that runs. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileMesh } from "../../config/compile.ts";
import { decodeConfig } from "../../config/decode.ts";
import type { Mesh } from "../../core/mesh.ts";
import { findWrangler } from "../deploy/wrangler.ts";
import { CommandFailure } from "../failure.ts";
import { installation } from "../installation.ts";
import { startEdge } from "../workerd/start-edge.ts";
import { broken, type Check, ok, unknown, warning } from "./check.ts";

/** The command needs the first, Wrangler the second. */
const MIN_NODE = 20;
const MIN_NODE_FOR_WRANGLER = 22;
/** The first that knows `[exports]` in wrangler.toml. Source: tried, with 4.124.0 and 4.156.2. */
const MIN_WRANGLER = [4, 124] as const;

/** - `version`: as `process.versions.node` has it. */
export function checkNode(version: string): Check {
  const major = Number(version.split(".")[0]);
  const fix = `install Node.js ${MIN_NODE_FOR_WRANGLER} or later`;
  if (major < MIN_NODE) return broken("node", `Node.js ${version} is too old for heddle`, fix);
  if (major < MIN_NODE_FOR_WRANGLER) return warning("node", `Node.js ${version} runs heddle, but not Wrangler`, fix);
  return ok("node", `Node.js ${version}`);
}

/**
 * Whether everything that the command runs is where it should be, and of the version that the project deploys.
 *
 * - `folder`: of the project.
 */
export function checkPackage(folder: string): Check {
  const { version, isCheckout, root, ...parts } = installation();
  const missing = Object.values(parts).filter((path) => !existsSync(path));
  const what = `heddle ${version}${isCheckout ? " (a checkout)" : ""} in ${root}`;
  if (missing.length > 0) {
    const fix = isCheckout ? "git status shows what was removed" : "npm install heddle again";
    return broken("package", `${what} lacks ${missing.join(", ")}`, fix);
  }
  const theirs = projectVersion(folder);
  if (theirs === null || theirs === version) return ok("package", what);
  return warning(
    "package",
    `${what}, but this project deploys ${theirs}`,
    "run npx heddle, which is the project's own",
  );
}

/** The version of heddle in a project's node_modules; null when it has none of its own. */
function projectVersion(folder: string): string | null {
  try {
    const manifest = readFileSync(join(folder, "node_modules/heddle/package.json"), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    return null;
  }
}

/** - `folder`: of the project. */
export function checkWrangler(folder: string): Check {
  const wrangler = findWrangler(folder);
  if (wrangler === null) {
    return warning(
      "wrangler",
      "Wrangler is not installed in this project: it cannot be deployed",
      "npm install -D wrangler",
    );
  }
  const [major = 0, minor = 0] = wrangler.version.split(".").map(Number);
  const isOld = major < MIN_WRANGLER[0] || (major === MIN_WRANGLER[0] && minor < MIN_WRANGLER[1]);
  if (!isOld) return ok("wrangler", `Wrangler ${wrangler.version}`);
  return broken("wrangler", `Wrangler ${wrangler.version} does not know [exports]`, "npm install -D wrangler@latest");
}

/** Starts both Workers as `heddle dev` does, on free ports, and ends them. */
export async function checkWorkerd(mesh: Mesh | null): Promise<Check> {
  const startedAt = performance.now();
  try {
    const edge = await startEdge({ mesh: mesh ?? (await emptyMesh()), control: true });
    await edge.stop();
    return ok("workerd", `both Workers run here on workerd (${Math.round(performance.now() - startedAt)} ms)`);
  } catch (error) {
    if (!(error instanceof CommandFailure)) {
      return broken(
        "workerd",
        `workerd does not run: ${(error as Error).message}`,
        "npm install again: workerd is a package for each platform",
      );
    }
    if (error.code === "unknown_extension") return unknown("workerd", error.message, error.fix);
    return broken(
      "workerd",
      error.message,
      error.fix === "" ? "npm install again: workerd is a package for each platform" : error.fix,
    );
  }
}

async function emptyMesh(): Promise<Mesh> {
  const decoded = decodeConfig({ services: {}, routes: [] });
  if (!decoded.ok) throw new Error(`a config without services has faults: ${JSON.stringify(decoded.faults)}`);
  return compileMesh(decoded.config, { nowMs: Date.now() });
}
