/** Services and their endpoints. An endpoint is a change of its own: most changes of a running mesh are of that kind. */
import type { Endpoint, Mesh, Service } from "../../core/mesh.ts";
import { changeOf } from "./change.ts";
import { differences, step } from "./fields.ts";
import type { Change } from "./mesh-diff.ts";
import type { Context } from "./route-words.ts";
import { endpointInWords, serviceInWords, servicePath } from "./service-words.ts";

/** URLs named of a service that is added or removed. */
const MAX_URLS = 3;

export interface Sides {
  readonly before: Context;
  readonly after: Context;
}

/** Each service that differs, followed by its endpoints that do. */
export function diffServices({ before, after }: Sides): Change[] {
  const known = new Map(before.mesh.services.map((service, index) => [service.name, index]));
  const kept = new Set(after.mesh.services.map(({ name }) => name));
  const routes = routesByService(before.mesh, after.mesh);
  const changes = after.mesh.services.flatMap((service, index): Change[] => {
    const touched = { services: [service.name], routes: [...(routes.get(service.name) ?? [])] };
    const formerIndex = known.get(service.name);
    if (formerIndex === undefined) return [whole("added", service, touched)];
    const former = before.mesh.services[formerIndex]!;
    // A policy is known of services that something refers to; of others nothing is said.
    const [had, has] = [before.policies[formerIndex], after.policies[index]];
    const isKnown = had !== undefined && has !== undefined;
    const path = servicePath(service.name);
    const fields = differences(
      serviceInWords(former, before.mesh, isKnown ? had : undefined),
      serviceInWords(service, after.mesh, isKnown ? has : undefined),
      path,
    );
    const own =
      fields.length === 0
        ? []
        : [changeOf({ kind: "changed", what: "service", name: service.name, path, fields, ...touched })];
    return [...own, ...endpoints({ former, before: before.mesh }, { service, after: after.mesh }, touched)];
  });
  const removed = before.mesh.services
    .filter(({ name }) => !kept.has(name))
    .map((service) =>
      whole("removed", service, { services: [service.name], routes: [...(routes.get(service.name) ?? [])] }),
    );
  return [...changes, ...removed];
}

type Touched = { readonly services: readonly string[]; readonly routes: readonly string[] };

function whole(kind: "added" | "removed", service: Service, touched: Touched): Change {
  const { name } = service;
  const urls = service.endpoints.slice(0, MAX_URLS).map(urlOf);
  const more = service.endpoints.length - urls.length;
  const summary = urls.length === 0 ? "no endpoints" : urls.join(", ") + (more > 0 ? ` and ${more} more` : "");
  return changeOf({ kind, what: "service", name, path: servicePath(name), summary, ...touched });
}

function endpoints(
  { former, before: meshBefore }: { readonly former: Service; readonly before: Mesh },
  { service, after: meshAfter }: { readonly service: Service; readonly after: Mesh },
  touched: Touched,
): Change[] {
  const known = new Map(former.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const kept = new Set(service.endpoints.map(({ id }) => id));
  const place = (endpoint: Endpoint) => ({
    what: "endpoint" as const,
    name: `${service.name}/${endpoint.id}`,
    path: step(`${servicePath(service.name)}.endpoints`, endpoint.id),
    ...touched,
  });
  const changes = service.endpoints.flatMap((endpoint): Change[] => {
    const before = known.get(endpoint.id);
    if (before === undefined) return [changeOf({ kind: "added", summary: urlOf(endpoint), ...place(endpoint) })];
    const { path } = place(endpoint);
    const fields = differences(endpointInWords(before, meshBefore), endpointInWords(endpoint, meshAfter), path);
    return fields.length === 0 ? [] : [changeOf({ kind: "changed", fields, ...place(endpoint) })];
  });
  const removed = former.endpoints
    .filter(({ id }) => !kept.has(id))
    .map((endpoint) => changeOf({ kind: "removed", summary: urlOf(endpoint), ...place(endpoint) }));
  return [...changes, ...removed];
}

function urlOf({ origin, basePath }: Endpoint): string {
  return origin + basePath;
}

/** Names of the routes that lead to each service, before or after. Linear in the backends of both. */
function routesByService(...meshes: readonly Mesh[]): ReadonlyMap<string, ReadonlySet<string>> {
  const routes = new Map<string, Set<string>>();
  for (const { routes: all, services } of meshes) {
    for (const { name, rules } of all) {
      for (const { backendRefs } of rules) {
        for (const { service, rollout } of backendRefs) {
          for (const index of rollout === undefined ? [service] : [service, rollout.canary.service]) {
            const to = services[index]?.name;
            if (to !== undefined) (routes.get(to) ?? routes.set(to, new Set()).get(to)!).add(name);
          }
        }
      }
    }
  }
  return routes;
}
