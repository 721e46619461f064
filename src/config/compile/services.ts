/** All services of a config with their subsets, which are compiled to services of their own. */
import type { RequestPolicy, Service } from "../../core/mesh.ts";
import { overlayDeep } from "../overlay.ts";
import type { ServiceConfig } from "../schema/mesh.ts";
import { hedgeSchema } from "../schema/request-policy.ts";
import { type CredentialTable, withCredentials } from "./credentials.ts";
import { compileDiscovery } from "./discovery.ts";
import { type Overrides, requestPolicy } from "./request-policy.ts";
import { compileService, type ServiceReference } from "./service.ts";

/** The index of a service, or of one of its subsets, and of its policy with these overrides. Names may be aliases. */
export type Refer = (service: string, overrides?: Overrides, subset?: string) => ServiceReference;

export interface ServiceTable {
  readonly refer: Refer;
  /** The index of a service, or of one of its subsets, that is a side of a rollout. */
  readonly side: (service: string, subset?: string) => number;
  /** Call it after the last `refer`: which percentiles have to be known depends on who refers to a service. */
  readonly compile: () => { readonly services: readonly Service[]; readonly policies: readonly RequestPolicy[] };
}

/**
 * Opens the services of a config whose references were all checked.
 *
 * - `credentials`: the mesh's; it grows by the secrets among headers.
 */
export function serviceTable(
  configs: Readonly<Record<string, ServiceConfig>>,
  credentials: CredentialTable,
): ServiceTable {
  const all = Object.entries(configs).flatMap(([name, config]) => [
    { name, config },
    ...Object.keys(config.subsets).map((subset) => ({
      name: subsetName(name, subset),
      config: subsetConfig(config, subset),
    })),
  ]);
  const indexOf = new Map(all.map(({ name }, index) => [name, index]));
  const named = new Map(
    Object.entries(configs).flatMap(([name, { aliases }]) => aliases.map((alias) => [alias, name])),
  );
  const policies = new PolicyTable();
  const sides = new Set<number>();
  const find = (service: string, subset: string | undefined) => {
    const name = Object.hasOwn(configs, service) ? service : named.get(service)!;
    return indexOf.get(subset === undefined ? name : subsetName(name, subset))!;
  };
  const refer: Refer = (service, overrides = {}, subset) => {
    const index = find(service, subset);
    return { service: index, policy: policies.add(index, requestPolicy(all[index]!.config, overrides)) };
  };
  return {
    refer,
    side: (service, subset) => {
      const index = find(service, subset);
      sides.add(index);
      return index;
    },
    compile: () => {
      for (const { config } of all) {
        for (const step of config.fallback) if ("service" in step) refer(step.service);
      }
      const services = all.map(({ name, config }, index): Service => {
        const compiled = compileService(name, config, policies.usedBy(index), (other) => refer(other));
        const service = withCredentials(compiled, config, credentials);
        const discovery = Object.hasOwn(configs, name)
          ? compileDiscovery(config, (subset) => subsetName(name, subset))
          : undefined;
        return { ...service, ...(sides.has(index) && { inRollout: true as const }), ...(discovery && { discovery }) };
      });
      return { services, policies: policies.all };
    },
  };
}

/** As Istio names the clusters of a DestinationRule's subsets apart. A service's own name holds no slash. */
function subsetName(service: string, subset: string): string {
  return `${service}/${subset}`;
}

function subsetConfig(whole: ServiceConfig, name: string): ServiceConfig {
  const { labels, hedge, ...over } = whole.subsets[name]!;
  const wanted = Object.entries(labels);
  return {
    ...(overlayDeep(whole, over) as ServiceConfig),
    endpoints: whole.endpoints.filter((endpoint) => wanted.every(([key, value]) => endpoint.labels[key] === value)),
    // Naming `hedge` asks for it, as in a rule.
    hedge:
      hedge === undefined
        ? whole.hedge
        : { ...(whole.hedge ?? hedgeSchema.parse({})), enabled: true, ...stated(hedge) },
  };
}

function stated<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** Distinct request policies in the order of their first use. */
class PolicyTable {
  readonly all: RequestPolicy[] = [];
  readonly #indexOf = new Map<string, number>();
  readonly #usedBy = new Map<number, Set<number>>();

  add(service: number, policy: RequestPolicy): number {
    const key = JSON.stringify(policy);
    const index = this.#indexOf.get(key) ?? this.all.push(policy) - 1;
    this.#indexOf.set(key, index);
    this.#usedBy.set(service, (this.#usedBy.get(service) ?? new Set()).add(index));
    return index;
  }

  usedBy(service: number): RequestPolicy[] {
    return [...(this.#usedBy.get(service) ?? [])].map((index) => this.all[index]!);
  }
}
