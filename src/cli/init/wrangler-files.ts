import { readFileSync } from "node:fs";
import { installation } from "../installation.ts";
import type { Project } from "./project.ts";

/** Files of a project that Wrangler reads. */
export const EDGE_CONFIG = "wrangler.toml";
export const CONTROL_CONFIG = "wrangler.control.toml";

const OWN_EDGE = "heddle-edge";
const OWN_CONTROL = "heddle-control";

/**
 * The wrangler.toml of a project's edge Worker: the one that this heddle is itself deployed with, under other names and
 * paths. So a project has the same objects, date and settings, whatever they are in this version.
 *
 * Throws when ours has changed in a way that this does not know: a bug, and a test's to find.
 */
export function edgeWrangler(project: Project): string {
  const routes = project.hosts.map((host) =>
    host.startsWith("*.")
      ? `  { pattern = "${host}/*", zone_name = "${host.slice(2)}" },`
      : `  { pattern = "${host}", custom_domain = true },`,
  );
  const main = 'main = "src/edge.ts"';
  return substitute(readFileSync(installation().edgeDeployment, "utf8"), [
    [`name = "${OWN_EDGE}"`, `name = "${project.name}-edge"`],
    ['main = "workers/edge/main.ts"', routes.length === 0 ? main : [main, "routes = [", ...routes, "]"].join("\n")],
    ['command = "node src/cli/main.ts compile', 'command = "npx heddle compile'],
  ]);
}

/** The same for the control plane. */
export function controlWrangler({ name }: Project): string {
  return substitute(readFileSync(installation().controlDeployment, "utf8"), [
    ["#:schema ../../node_modules/", "#:schema node_modules/"],
    [`name = "${OWN_CONTROL}"`, `name = "${name}-control"`],
    ['main = "main.ts"', 'main = "src/control.ts"'],
    ['directory = "../../dist/dashboard"', 'directory = "node_modules/heddle/dist/dashboard"'],
    ["-c workers/control/wrangler.toml", `-c ${CONTROL_CONFIG}`],
    [`"${OWN_EDGE}"`, `"${name}-edge"`],
  ]);
}

function substitute(text: string, pairs: readonly (readonly [ours: string, theirs: string])[]): string {
  return pairs.reduce((so, [ours, theirs]) => {
    if (!so.includes(ours)) throw new Error(`our own wrangler.toml has no ${ours}`);
    return so.replaceAll(ours, theirs);
  }, text);
}
