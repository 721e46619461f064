/** How an isolate reaches the endpoints of a service: by the platform's fetch, or through bindings that show certificates. */
import type { Service } from "../core/mesh.ts";
import { type FetchVia, fetchVia, missingBinding } from "../security/origin/certificate-binding.ts";
import { NeverSent } from "./never-sent.ts";
import type { ServiceRuntime } from "./service-runtime.ts";

/** By index of the service's endpoints; in it, null is the platform's fetch. Null: that reaches all of them. */
export type Transport = readonly (FetchVia | null)[] | null;

/**
 * Finds the bindings that a service names. One that is not there sends nothing: an endpoint that asks for a certificate would
 * refuse the request, and one that does not would get it from nobody.
 *
 * Never throws. Linear in the endpoints; once for a service, not for a request.
 */
export function openTransport(service: Service, env: object): Transport {
  if (service.endpoints.every((endpoint) => bindingOf(endpoint, service) === undefined)) return null;
  const known = new Map<string, FetchVia>();
  return service.endpoints.map((endpoint) => {
    const name = bindingOf(endpoint, service);
    if (name === undefined) return null;
    const via = known.get(name) ?? fetchVia(env, name) ?? sendsNothing(name);
    known.set(name, via);
    return via;
  });
}

function bindingOf(endpoint: Service["endpoints"][number], service: Service): string | undefined {
  return endpoint.clientCertificate ?? service.clientCertificate;
}

function sendsNothing(name: string): FetchVia {
  return () => Promise.reject(new NeverSent(missingBinding(name)));
}

/** Why nothing is sent to an endpoint: the binding that would show its certificate is not there. Null: nothing is wrong. */
export function certificateProblem(
  endpoint: Service["endpoints"][number],
  service: Service,
  env: object,
): string | null {
  const name = bindingOf(endpoint, service);
  return name === undefined || fetchVia(env, name) !== null ? null : missingBinding(name);
}

/** What an operator has to see to: bindings that are not there, and found endpoints that may not be asked. Never throws. */
export function transportProblems(services: readonly ServiceRuntime[], env: object): readonly string[] {
  const missing = new Set<string>();
  const refused: string[] = [];
  for (const { state, discovered } of services) {
    const { service, indexOf } = state;
    for (const endpoint of service.endpoints) {
      const problem = certificateProblem(endpoint, service, env);
      if (problem !== null) missing.add(problem);
    }
    const left = service.plaintext === undefined ? [] : (discovered.set?.endpoints ?? []);
    const count = left.filter(({ id }) => !indexOf.has(id)).length;
    if (count > 0)
      refused.push(`${count} endpoints of ${service.name} are not asked: \`plaintext\` refuses their http`);
  }
  return [...missing, ...refused];
}
