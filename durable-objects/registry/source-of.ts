import { dnsSource } from "../../src/discovery/dns/dns-source.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import type { Source } from "../../src/discovery/source.ts";

/** How a source of the service is asked; null for one that tells by itself. */
export function sourceOf({ settings }: RegistryState, name: string): Source | null {
  const dns = settings?.discovery.dns.find((one) => one.name === name);
  if (settings === null || dns === undefined) return null;
  return dnsSource(dns, { fetch: (url, init) => fetch(url, init), rng: Math.random, policy: settings.policy });
}
