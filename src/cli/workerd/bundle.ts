import { build } from "esbuild";
import { CommandFailure } from "../failure.ts";

/**
 * Bundles a Worker's main module into one ES module for workerd.
 *
 * - `entry`: absolute path of a TypeScript or JavaScript module.
 *
 * `heddle:mesh` stays an import: workerd gets the compiled mesh as a module of its own, so that the code is the same for
 * every mesh. Throws CommandFailure with esbuild's messages when the code does not build.
 */
export async function bundleWorker(entry: string): Promise<string> {
  try {
    const result = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      target: "es2024",
      mainFields: ["module", "main"],
      conditions: ["workerd", "worker", "browser"],
      external: ["heddle:mesh", "cloudflare:*", "node:*"],
      sourcemap: "inline",
      sourcesContent: false,
      logLevel: "silent",
    });
    return result.outputFiles[0]!.text;
  } catch (error) {
    throw new CommandFailure("build_failed", `cannot build ${entry}: ${String((error as Error).message)}`);
  }
}

const bundled = new Map<string, Promise<string>>();

/** The same, once in this process for each entry: for our own Workers, which do not change while they run. */
export function bundleOnce(entry: string): Promise<string> {
  const known = bundled.get(entry) ?? bundleWorker(entry);
  bundled.set(entry, known);
  return known;
}
