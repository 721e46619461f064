/**
 * Builds the published package into dist/: the `heddle` command, what it runs on workerd, and the entry for
 * heddle.config.ts. Run by `npm run build`.
 */
import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "dist");

/** Packages in CommonJS call `require` for Node's own modules, which ES modules do not have. */
const COMMAND_BANNER = `#!/usr/bin/env node
import { createRequire as requireFrom } from "node:module";
const require = requireFrom(import.meta.url);`;

const shared: BuildOptions = {
  bundle: true,
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: root,
};

const forWorkerd: BuildOptions = {
  ...shared,
  platform: "neutral",
  target: "es2024",
  mainFields: ["module", "main"],
  conditions: ["workerd", "worker", "browser"],
  external: ["heddle:mesh", "cloudflare:*", "node:*"],
};

const forNode: BuildOptions = { ...shared, platform: "node", target: "node20", external: ["esbuild", "workerd"] };

await rm(dist, { recursive: true, force: true });
await Promise.all([
  build({
    ...forNode,
    entryPoints: { heddle: "src/cli/main.ts" },
    outdir: dist,
    banner: { js: COMMAND_BANNER },
  }),
  build({ ...forNode, entryPoints: ["src/cli/simulate/worker.ts"], outfile: join(dist, "simulate-worker.js") }),
  build({ ...forNode, entryPoints: ["src/config/define-mesh.ts"], outfile: join(dist, "index.js") }),
  build({ ...forWorkerd, entryPoints: ["workers/edge/main.ts"], outfile: join(dist, "edge.js") }),
  build({ ...forWorkerd, entryPoints: ["src/cli/workerd/cache-worker.ts"], outfile: join(dist, "cache-worker.js") }),
]);
await chmod(join(dist, "heddle.js"), 0o755);
