/**
 * Builds the published package into dist/: the `heddle` command, what it runs on workerd, and the library: its entry, which
 * is also what a heddle.config.ts imports, the Durable Object classes, and the control plane. Run by `npm run build`.
 */
import { chmod, cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { readDeployment } from "./workerd/deployment.ts";

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

/**
 * The control plane is a whole Worker: all that a main module does with it is to export it. Its own types would need every
 * package that is bundled into it.
 */
function controlTypes(): string {
  const own = readDeployment(join(root, "workers/control/wrangler.toml")).namespaces.filter(
    ({ owner }) => owner === undefined,
  );
  return [
    '/// <reference types="@cloudflare/workers-types" />',
    'import { DurableObject } from "cloudflare:workers";',
    "declare const control: ExportedHandler;",
    "export default control;",
    ...own.map(({ className }) => `export declare class ${className} extends DurableObject {}`),
    "",
  ].join("\n");
}

await rm(dist, { recursive: true, force: true });
await Promise.all([
  build({
    ...forNode,
    entryPoints: { heddle: "src/cli/main.ts" },
    outdir: dist,
    banner: { js: COMMAND_BANNER },
  }),
  build({
    ...forNode,
    entryPoints: { agent: "src/agent/index.ts", verify: "src/verify/index.ts" },
    outdir: dist,
  }),
  build({ ...forNode, entryPoints: ["src/cli/simulate/worker.ts"], outfile: join(dist, "simulate-worker.js") }),
  build({
    ...forWorkerd,
    entryPoints: { index: "src/index.ts", objects: "src/library/objects.ts" },
    outdir: dist,
    // A Worker takes both: what they have in common is to be in it once.
    splitting: true,
    chunkNames: "shared-[hash]",
  }),
  build({ ...forWorkerd, entryPoints: ["workers/edge/main.ts"], outfile: join(dist, "edge.js") }),
  build({ ...forWorkerd, entryPoints: ["workers/control/main.ts"], outfile: join(dist, "control.js") }),
  build({ ...forWorkerd, entryPoints: ["src/cli/workerd/cache-worker.ts"], outfile: join(dist, "cache-worker.js") }),
  build({ ...forWorkerd, entryPoints: ["src/cli/workerd/assets-worker.ts"], outfile: join(dist, "assets-worker.js") }),
  cp(join(root, "heddle.schema.json"), join(dist, "heddle.schema.json")),
  cp(join(root, "wrangler.toml"), join(dist, "edge.toml")),
  cp(join(root, "workers/control/wrangler.toml"), join(dist, "control.toml")),
]);
// The compiler emits neither declarations that were written by hand nor references to them.
await cp(join(root, "src/heddle-mesh.d.ts"), join(dist, "types/src/heddle-mesh.d.ts"));
await writeFile(
  join(dist, "types/index.d.ts"),
  '/// <reference path="./src/heddle-mesh.d.ts" />\nexport * from "./src/index.ts";\n',
);
await writeFile(join(dist, "types/control.d.ts"), controlTypes());
await chmod(join(dist, "heddle.js"), 0o755);
