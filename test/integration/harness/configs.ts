import { compileMesh } from "../../../src/config/compile.ts";
import { parseConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";

let lastCompiledAtMs = 0;

/**
 * Compiles a config as a user writes it: YAML (or JSON, which YAML holds). Every mesh is dated later than the one
 * before, as edits by hand are. Throws with the faults of a config that has any.
 */
export async function meshOf(text: string): Promise<Mesh> {
  const decoded = parseConfig(text);
  if (!decoded.ok)
    throw new Error(`the test's config has faults:\n${JSON.stringify(decoded.faults, null, 2)}\n${text}`);
  lastCompiledAtMs = Math.max(Date.now(), lastCompiledAtMs + 1);
  return compileMesh(decoded.config, { nowMs: lastCompiledAtMs });
}

export interface Upstream {
  readonly url: string;
  readonly name: string;
}

/** Endpoints in flow style, one pretend cloud each, named as the origins are. `more` is added to each. */
export function endpoints(origins: readonly Upstream[], more = ""): string {
  const list = origins.map(
    ({ name, url }) => `{ id: ${name}, url: "${url}", locality: { cloud: ${name} }${more === "" ? "" : `, ${more}`} }`,
  );
  return `[${list.join(", ")}]`;
}

/** A config with one service for each name, reached by the host `<name>.test`. Values: flow-style service settings. */
export function servicesByHost(services: Readonly<Record<string, string>>, more = ""): string {
  const named = Object.entries(services).map(
    ([name, settings]) => `  ${name}: { ${settings.replaceAll(/\s+/g, " ")} }`,
  );
  const routes = Object.keys(services).map(
    (name) => `  - { name: to-${name}, hostnames: [${name}.test], rules: [{ backendRefs: [{ service: ${name} }] }] }`,
  );
  return `services:\n${named.join("\n")}\nroutes:\n${routes.join("\n")}\n${more}\n`;
}
