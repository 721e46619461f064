/** The Workers: what users of the platform write today, each on the same workerd as Heddle. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ObjectNamespace } from "../../../src/cli/workerd/deployment.ts";
import { meshOf } from "../meshes.ts";
import { type Contender, PATIENCE } from "./contender.ts";
import { runningEdge } from "./running-edge.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

interface WorkerContender {
  readonly name: string;
  readonly failover: string;
  /** npm package it is about; null for none. */
  readonly package: string | null;
  readonly namespaces?: readonly ObjectNamespace[];
}

function worker({ name, failover, package: pkg, namespaces }: WorkerContender): Contender {
  return {
    name,
    kind: "worker",
    failover,
    version: () => (pkg === null ? "here" : packageVersion(pkg)),
    async start(origins) {
      return runningEdge({
        // Not read by these Workers, but part of the layout.
        mesh: await meshOf({ origins: origins.map(({ url }) => url) }),
        dev: false,
        entry: join(import.meta.dirname, `../workers/${name}.ts`),
        namespaces: namespaces ?? [],
        bindings: { ORIGIN: origins.map(({ url }) => url).join(","), ATTEMPT_MS: String(PATIENCE.attemptMs) },
      });
    },
  };
}

/** Version of an installed npm package; null when it is not installed. */
export function packageVersion(name: string): string | null {
  try {
    const text = readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8");
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return null;
  }
}

export const bare = worker({ name: "bare", failover: "none: a random origin", package: null });

export const workers: readonly Contender[] = [
  worker({ name: "itty", failover: "none: a random origin", package: "itty-router" }),
  worker({ name: "reflare", failover: "none: a random upstream", package: "reflare" }),
  worker({ name: "hono", failover: "the next origin in the same request; no memory", package: "hono" }),
  worker({
    name: "ask-object",
    failover: "object asked on each request; 3 failures take an origin out for 10 s; next origin",
    package: null,
    namespaces: [{ binding: "DIRECTORY", className: "Directory" }],
  }),
];
