/**
 * Decoded config → compiled mesh, the plain data that the edge, the objects and the simulator run.
 *
 * Deterministic: the same config gives the same mesh and version on every machine; only `compiledAtMs` differs. Alike
 * request policies are stored once, since a thousand rules usually share a handful.
 */
import { MESH_FORMAT, type Mesh, type RequestPolicy, type Route, type RouteMatch } from "../core/mesh.ts";
import { type Overrides, requestPolicy } from "./compile/request-policy.ts";
import { boundsMs } from "./compile/resolve.ts";
import { compileService, type ServiceReference } from "./compile/service.ts";
import { durationMs } from "./duration.ts";
import type { MeshConfig, RouteConfig, RuleConfig } from "./schema/mesh.ts";

/**
 * Compiles a config that `parseConfig` or `decodeConfig` accepted.
 *
 * - `nowMs`: epoch; of two meshes the one compiled later is in force.
 *
 * Throws on a config that was not decoded: that is a bug in the caller.
 */
export async function compileMesh(config: MeshConfig, { nowMs }: { readonly nowMs: number }): Promise<Mesh> {
  const names = Object.keys(config.services);
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const policies = new PolicyTable();
  const refer = (service: string, overrides: Overrides = {}): ServiceReference => ({
    service: indexOf.get(service)!,
    policy: policies.add(service, requestPolicy(config.services[service]!, overrides)),
  });
  const routes = config.routes.map((route, index) => compileRoute(route, index, refer));
  for (const { fallback } of Object.values(config.services)) {
    for (const step of fallback) if ("service" in step) refer(step.service);
  }
  const services = names.map((name) => compileService(name, config.services[name]!, policies.usedBy(name), refer));
  const content: Omit<Mesh, "version" | "compiledAtMs"> = {
    format: MESH_FORMAT,
    services,
    listeners: [{ name: "default", hostname: "*", port: 0, protocol: null }],
    precedence: "specificity",
    routes,
    automata: [],
    policies: policies.all,
    edge: compileEdge(config.edge),
  };
  return { ...content, version: await digest(JSON.stringify(content)), compiledAtMs: nowMs };
}

function compileRoute(
  { name, hostnames, rules }: RouteConfig,
  index: number,
  refer: (service: string, overrides: Overrides) => ServiceReference,
): Route {
  return {
    name: name ?? `route-${index}`,
    hostnames: [...new Set(hostnames.map((hostname) => hostname.toLowerCase()))],
    listeners: [0],
    rules: rules.map((rule, ruleIndex) => ({
      name: rule.name ?? `rule-${ruleIndex}`,
      matches: rule.matches.map(compileMatch),
      filters: null,
      backendRefs: rule.backendRefs.map(({ service, weight }) => ({ ...refer(service, rule), weight, filters: null })),
      splitOn: [],
      sessionPersistence: null,
    })),
  };
}

/** Distinct request policies in the order of their first use. */
class PolicyTable {
  readonly all: RequestPolicy[] = [];
  readonly #indexOf = new Map<string, number>();
  readonly #usedBy = new Map<string, Set<number>>();

  add(service: string, policy: RequestPolicy): number {
    const key = JSON.stringify(policy);
    const index = this.#indexOf.get(key) ?? this.all.push(policy) - 1;
    this.#indexOf.set(key, index);
    this.#usedBy.set(service, (this.#usedBy.get(service) ?? new Set()).add(index));
    return index;
  }

  usedBy(service: string): RequestPolicy[] {
    return [...(this.#usedBy.get(service) ?? [])].map((index) => this.all[index]!);
  }
}

function compileMatch({ path, method, headers, queryParams }: RuleConfig["matches"][number]): RouteMatch {
  return {
    path,
    ...(method !== undefined && { method }),
    headers: headers.map(({ name, value }) => ({ name: name.toLowerCase(), match: { type: "Exact", value } })),
    queryParams: queryParams.map(({ name, value }) => ({ name, match: { type: "Exact", value } })),
  };
}

function compileEdge({ coldWait, syncMin, syncMax, ...same }: MeshConfig["edge"]): Mesh["edge"] {
  const [syncMinMs, syncMaxMs] = boundsMs(syncMin, syncMax, [1_000, 5_000]);
  return { ...same, coldWaitMs: durationMs(coldWait), syncMinMs, syncMaxMs };
}

/** First 16 hex digits of the SHA-256 of `text`. */
async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
