import { readFileSync } from "node:fs";
import { parse } from "smol-toml";

/** One Durable Object namespace: `binding` in `env`, `className` exported by the Worker that owns it. */
export interface ObjectNamespace {
  readonly binding: string;
  readonly className: string;
  /** The Worker that owns it: its name in wrangler.toml, or of its service in a local workerd. Default: the one with the binding. */
  readonly owner?: string;
}

/** A binding of the platform's rate limits. */
export interface RateLimitSetting {
  readonly binding: string;
  readonly limit: number;
  readonly periodSeconds: number;
}

/** What a Worker's wrangler.toml says and a local workerd needs too. */
export interface Deployment {
  readonly name: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Own ones and those of other Workers. */
  readonly namespaces: readonly ObjectNamespace[];
  /** Classes that it declares storage for. */
  readonly storedClasses: readonly string[];
  /** Paths that it answers itself though there may be a file: "/v1/*". None without static assets. */
  readonly runWorkerFirst: readonly string[];
  readonly rateLimits: readonly RateLimitSetting[];
  /** Bindings to secrets of the Secrets Store. */
  readonly storeSecrets: readonly string[];
}

interface WranglerConfig {
  readonly name?: unknown;
  readonly compatibility_date?: unknown;
  readonly compatibility_flags?: readonly string[];
  readonly durable_objects?: {
    readonly bindings?: readonly {
      readonly name: string;
      readonly class_name: string;
      readonly script_name?: string;
    }[];
  };
  readonly ratelimits?: readonly {
    readonly name: string;
    readonly simple?: { readonly limit?: number; readonly period?: number };
  }[];
  readonly secrets_store_secrets?: readonly { readonly binding?: string }[];
  readonly assets?: { readonly run_worker_first?: boolean | readonly string[] };
  readonly exports?: Readonly<Record<string, { readonly type?: string }>>;
  readonly migrations?: readonly { readonly new_sqlite_classes?: readonly string[] }[];
}

/** Reads one of our own wrangler.toml files. Throws when it is not there or names no Worker. */
export function readDeployment(path: string): Deployment {
  const deployment = deploymentOf(parse(readFileSync(path, "utf8")));
  if (deployment === null) throw new Error(`${path} names no Worker`);
  return deployment;
}

/** What a wrangler.toml says, once it is parsed; null when it names no Worker. */
export function deploymentOf(toml: unknown): Deployment | null {
  const config = toml as WranglerConfig;
  if (typeof config.name !== "string") return null;
  const first = config.assets?.run_worker_first ?? false;
  return {
    name: config.name,
    compatibilityDate: typeof config.compatibility_date === "string" ? config.compatibility_date : "",
    compatibilityFlags: config.compatibility_flags ?? [],
    namespaces: (config.durable_objects?.bindings ?? []).map(({ name, class_name, script_name }) => ({
      binding: name,
      className: class_name,
      ...(script_name !== undefined && { owner: script_name }),
    })),
    storedClasses: [
      ...Object.entries(config.exports ?? {}).flatMap(([name, { type }]) => (type === "durable-object" ? [name] : [])),
      ...(config.migrations ?? []).flatMap(({ new_sqlite_classes = [] }) => new_sqlite_classes),
    ],
    storeSecrets: (config.secrets_store_secrets ?? []).flatMap(({ binding }) => binding ?? []),
    rateLimits: (config.ratelimits ?? []).map(({ name, simple }) => ({
      binding: name,
      limit: simple?.limit ?? 0,
      periodSeconds: simple?.period ?? 0,
    })),
    runWorkerFirst: typeof first === "boolean" ? (first ? ["/*"] : []) : first,
  };
}
