import type { MeshConfigInput } from "../../../src/config/schema/mesh.ts";
import type { Upstream } from "./configs.ts";

type Rule = MeshConfigInput["routes"][number]["rules"][number];
type Service = Partial<MeshConfigInput["services"][string]>;

/** A service with these origins, as a config says it. */
export function serviceOf(origins: readonly Upstream[], more: Service = {}): MeshConfigInput["services"][string] {
  return { endpoints: origins.map(({ name, url }) => ({ id: name, url, locality: { cloud: name } })), ...more };
}

/** A config whose rules are reached by the prefixes they are listed under. */
export function rulesByPath(
  services: MeshConfigInput["services"],
  rules: Readonly<Record<string, Rule>>,
  more: Partial<MeshConfigInput> = {},
): string {
  const placed = Object.entries(rules).map(([value, rule]) => ({
    matches: [{ path: { type: "PathPrefix" as const, value } }],
    ...rule,
  }));
  return JSON.stringify({ services, routes: [{ rules: placed }], ...more } satisfies MeshConfigInput);
}
