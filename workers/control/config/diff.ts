/** What changes between two meshes, with the share of the present traffic that goes through each change. */
import type { Mesh } from "../../../src/core/mesh.ts";
import type { ControlEnvironment } from "../environment.ts";
import { trafficOf } from "../live/traffic.ts";

export interface ConfigChange {
  readonly kind: "added" | "removed" | "changed";
  readonly what: "service" | "route";
  readonly name: string;
  /** 0..1; null where the traffic is not known. */
  readonly trafficShare: number | null;
}

export interface ConfigDiff {
  readonly changes: readonly ConfigChange[];
}

/** `before` null: nothing was applied. */
export async function diffBetween(env: ControlEnvironment, before: Mesh | null, after: Mesh): Promise<ConfigDiff> {
  if (before?.version === after.version) return { changes: [] };
  const services = before?.services.map(({ name }) => name) ?? [];
  const traffic = await trafficOf(env, services);
  const total = traffic === null ? 0 : [...traffic.values()].reduce((sum, rps) => sum + rps, 0);
  const share = (names: readonly string[]) =>
    traffic === null || total === 0
      ? null
      : [...new Set(names)].reduce((sum, name) => sum + (traffic.get(name) ?? 0), 0) / total;
  return {
    changes: [
      ...changesOf("service", before?.services ?? [], after.services, ({ name }) => share([name])),
      ...changesOf("route", before?.routes ?? [], after.routes, (route) =>
        share(
          route.rules.flatMap(({ backendRefs }) =>
            backendRefs.flatMap(({ service }) => before?.services[service]?.name ?? []),
          ),
        ),
      ),
    ],
  };
}

function changesOf<T extends { readonly name: string }>(
  what: ConfigChange["what"],
  before: readonly T[],
  after: readonly T[],
  shareOf: (one: T) => number | null,
): readonly ConfigChange[] {
  const [old, now] = [before, after].map((all) => new Map(all.map((one) => [one.name, one])));
  const gone = before.filter(({ name }) => !now!.has(name)).map((one) => change("removed", one));
  const come = after.filter(({ name }) => !old!.has(name)).map(({ name }) => ({ kind: "added", what, name }) as const);
  const changed = before
    .filter((one) => now!.has(one.name) && JSON.stringify(now!.get(one.name)) !== JSON.stringify(one))
    .map((one) => change("changed", one));
  function change(kind: "removed" | "changed", one: T): ConfigChange {
    return { kind, what, name: one.name, trafficShare: shareOf(one) };
  }
  return [...gone, ...come.map((one) => ({ ...one, trafficShare: null })), ...changed];
}
