import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CommandFailure } from "../failure.ts";
import { installation } from "../installation.ts";
import { bundleOnce, bundleWorker } from "./bundle.ts";
import { type ControlLayout, EDGE_SERVICE, workerdConfig } from "./capnp.ts";
import { type ObjectNamespace, readDeployment } from "./deployment.ts";
import type { ControlOptions, EdgeOptions } from "./start-edge.ts";

/** The secrets that a local mesh runs with. */
export interface Tokens {
  /** For what changes something at the edge; null: nobody asks for one. */
  readonly operator: string | null;
  /** For everything at the control plane; null without one. */
  readonly bootstrap: string | null;
}

/**
 * Writes everything that workerd reads into `folder`: bundles, the mesh and `config.capnp`.
 *
 * - `at`: the address for a port.
 *
 * Throws CommandFailure when a Worker does not build.
 */
export async function layOut(
  folder: string,
  options: EdgeOptions,
  at: (port: number) => string,
  stateDir: string,
): Promise<Tokens> {
  const parts = installation();
  const control = options.control === true ? {} : options.control;
  const operator = options.bindings?.HEDDLE_OPERATOR_TOKEN ?? (control === undefined ? null : secret());
  const bootstrap = control === undefined ? null : (control.bindings?.HEDDLE_BOOTSTRAP_TOKEN ?? secret());
  // A session key of its own: sessions end with the edge, as everything of a local one does.
  const bindings: Record<string, string> = { HEDDLE_SESSION_KEY: secret() };
  if (options.dev !== false) bindings.HEDDLE_DEV = "1";
  if (options.region !== undefined) bindings.HEDDLE_REGION = options.region;
  if (operator !== null) bindings.HEDDLE_OPERATOR_TOKEN = operator;
  const modules: Record<string, string | Promise<string>> = {
    "edge.js": options.entry === undefined ? bundleOnce(parts.edgeEntry) : bundleWorker(resolve(options.entry)),
    "cache.js": bundleOnce(parts.cacheEntry),
    "mesh.json": JSON.stringify(options.mesh),
  };
  if (control !== undefined) {
    modules["control.js"] =
      control.entry === undefined ? bundleOnce(parts.controlEntry) : bundleWorker(resolve(control.entry));
    if (control.assets !== undefined) modules["assets.js"] = bundleOnce(parts.assetsEntry);
  }
  const config = workerdConfig({
    edgeModule: "edge.js",
    cacheModule: "cache.js",
    meshModule: "mesh.json",
    address: at(options.port ?? 0),
    ...(options.tls && { tls: { address: at(0), keyPair: options.tls } }),
    ...(options.hosts && { hosts: options.hosts }),
    ...(options.authorities && { authorities: options.authorities }),
    ...(options.certificates && { certificates: options.certificates }),
    stateDir,
    namespaces: options.namespaces ?? readDeployment(parts.edgeDeployment).namespaces,
    bindings: { ...bindings, ...options.bindings },
    v8Flags: options.v8Flags ?? [],
    ...(control !== undefined && {
      control: controlLayout(control, at(control.port ?? 0), bootstrap!, {
        HEDDLE_BOOTSTRAP_TOKEN: bootstrap!,
        HEDDLE_OPERATOR_TOKEN: operator!,
        // The origins of a local mesh are on this machine.
        ...(options.dev !== false && { HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback" }),
      }),
    }),
  });
  await Promise.all([
    writeFile(join(folder, "config.capnp"), config, { mode: 0o600 }),
    ...Object.entries(modules).map(async ([name, text]) => writeFile(join(folder, name), await text)),
  ]);
  return { operator, bootstrap };
}

function controlLayout(
  control: ControlOptions,
  address: string,
  token: string,
  bindings: Readonly<Record<string, string>>,
): ControlLayout {
  const parts = installation();
  const deployed = readDeployment(parts.controlDeployment);
  const edgeName = readDeployment(parts.edgeDeployment).name;
  return {
    module: "control.js",
    address,
    namespaces: control.namespaces ?? deployed.namespaces.map((namespace) => ownedLocally(namespace, edgeName)),
    bindings: { ...bindings, ...control.bindings },
    compatibilityFlags: deployed.compatibilityFlags,
    ...(control.assets !== undefined && {
      assets: {
        folder: resolve(control.assets),
        module: "assets.js",
        runWorkerFirst: deployed.runWorkerFirst,
        ...(control.switchboard !== undefined && { demo: { switchboard: control.switchboard, token } }),
      },
    }),
  };
}

/** A namespace of the deployed edge Worker is one of the local edge service. */
function ownedLocally(namespace: ObjectNamespace, edgeName: string): ObjectNamespace {
  if (namespace.owner === undefined) return namespace;
  if (namespace.owner === edgeName) return { ...namespace, owner: EDGE_SERVICE };
  throw new CommandFailure(
    "start_failed",
    `${namespace.binding} belongs to ${namespace.owner}, which does not run here`,
  );
}

function secret(): string {
  return randomBytes(32).toString("hex");
}
