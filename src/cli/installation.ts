import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * Where this command's own parts are: a checkout runs the TypeScript sources, the published package runs what
 * `npm run build` made of them.
 */
export interface Installation {
  readonly version: string;
  readonly isCheckout: boolean;
  /** Folder of the package. */
  readonly root: string;
  /** Main module of the edge Worker; `heddle:mesh` is still to be resolved. */
  readonly edgeEntry: string;
  readonly controlEntry: string;
  /** What the two are deployed with: wrangler.toml. */
  readonly edgeDeployment: string;
  readonly controlDeployment: string;
  readonly cacheEntry: string;
  readonly assetsEntry: string;
  /** Folder of the built dashboard. A checkout has it once it was built. */
  readonly dashboard: string;
  /** The thread that plays game days. */
  readonly simulateEntry: string;
  /** What `import … from "heddle"` means in a `heddle.config.ts`. */
  readonly configEntry: string;
}

let found: Installation | undefined;

/** Finds the parts beside this module. Throws when the package is incomplete. */
export function installation(): Installation {
  found ??= locate(packageRoot(import.meta.dirname));
  return found;
}

function locate(root: string): Installation {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const isCheckout = import.meta.filename.endsWith(".ts");
  return isCheckout
    ? {
        version,
        isCheckout,
        root,
        edgeEntry: join(root, "workers/edge/main.ts"),
        controlEntry: join(root, "workers/control/main.ts"),
        edgeDeployment: join(root, "wrangler.toml"),
        controlDeployment: join(root, "workers/control/wrangler.toml"),
        cacheEntry: join(root, "src/cli/workerd/cache-worker.ts"),
        assetsEntry: join(root, "src/cli/workerd/assets-worker.ts"),
        dashboard: join(root, "dist/dashboard"),
        simulateEntry: join(root, "src/cli/simulate/worker.ts"),
        configEntry: join(root, "src/config/define-mesh.ts"),
      }
    : {
        version,
        isCheckout,
        root,
        edgeEntry: join(root, "dist/edge.js"),
        controlEntry: join(root, "dist/control.js"),
        edgeDeployment: join(root, "dist/edge.toml"),
        controlDeployment: join(root, "dist/control.toml"),
        cacheEntry: join(root, "dist/cache-worker.js"),
        assetsEntry: join(root, "dist/assets-worker.js"),
        dashboard: join(root, "dist/dashboard"),
        simulateEntry: join(root, "dist/simulate-worker.js"),
        configEntry: join(root, "dist/index.js"),
      };
}

function packageRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "package.json"))) return at;
    if (at === dirname(at)) throw new Error(`no package.json above ${folder}`);
  }
}

/** Path of the workerd program for this platform. Throws when the package has none. */
export function workerdProgram(): string {
  const require = createRequire(import.meta.url);
  const program = (require("workerd") as { default: string }).default;
  if (!existsSync(program)) throw new Error(`workerd is not at ${program}; run npm install again`);
  return program;
}
