import { readFileSync } from "node:fs";
import { parse } from "smol-toml";

/** One Durable Object namespace: `binding` in `env`, `className` exported by the Worker that owns it. */
export interface ObjectNamespace {
  readonly binding: string;
  readonly className: string;
  /** The Worker that owns it: its name in wrangler.toml, or of its service in a local workerd. Default: the one with the binding. */
  readonly owner?: string;
}

/** What a Worker's wrangler.toml says and a local workerd needs too. */
export interface Deployment {
  readonly name: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Own ones and those of other Workers. */
  readonly namespaces: readonly ObjectNamespace[];
}

interface WranglerConfig {
  readonly name: string;
  readonly compatibility_date: string;
  readonly compatibility_flags?: readonly string[];
  readonly durable_objects?: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string; readonly script_name?: string }[];
  };
}

/** Reads one of our own wrangler.toml files. Throws when it is not there or not TOML. */
export function readDeployment(path: string): Deployment {
  const config = parse(readFileSync(path, "utf8")) as unknown as WranglerConfig;
  return {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags ?? [],
    namespaces: (config.durable_objects?.bindings ?? []).map(({ name, class_name, script_name }) => ({
      binding: name,
      className: class_name,
      ...(script_name !== undefined && { owner: script_name }),
    })),
  };
}
