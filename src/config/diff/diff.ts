/**
 * What differs between two compiled meshes, in the words of the config: of services, routes and the rest, which settings were
 * what and are what now, and which services and routes do otherwise for it.
 *
 * Compiled meshes are compared, and not the texts they were made from: a default that has changed is a difference, another
 * order of keys is none, and two configs in different formats can be compared. What the compiler derives from other settings
 * is left out.
 */

import type { Mesh, Route, Service } from "../../core/mesh.ts";
import type { MeshDiscovery } from "../../core/mesh-discovery.ts";
import { changeOf } from "./change.ts";
import { diffRoutes } from "./diff-routes.ts";
import { diffServices } from "./diff-services.ts";
import { differences } from "./fields.ts";
import type { Change, Changed, MeshDiff } from "./mesh-diff.ts";
import { notificationsIn, selfHealingIn } from "./notifications.ts";
import { ownPolicies } from "./policies.ts";
import { rateLimitInWords, routesLimitedBy } from "./rate-limit-words.ts";
import { credentialInWords } from "./service-words.ts";
import { headers, inWords, type Words } from "./words.ts";

/** A mesh that says nothing of discovery has nothing of it, which is no difference from saying so. */
const NO_DISCOVERY: MeshDiscovery = { clusters: [], allow: [], self: [] };

/** No request is answered otherwise for it. */
const ASIDE: readonly Changed[] = ["discovery", "telemetry", "notifications", "selfHealing"];

/**
 * The difference.
 *
 * - `before`: null for none: then everything is added.
 *
 * Never throws. Linear in both meshes: 10,000 routes take some tenths of a second.
 */
export function diffMeshes(before: Mesh | null, after: Mesh): MeshDiff {
  const from = before ?? {
    ...after,
    services: [],
    listeners: [],
    routes: [],
    rollouts: [],
    policies: [],
    credentials: [],
    rateLimits: [],
  };
  const policies = ownPolicies(from, after);
  const sides = {
    before: { mesh: from, policies: policies.before },
    after: { mesh: after, policies: policies.after },
  };
  const changes = [
    ...one("edge", "edge", inWords(from.edge), inWords(after.edge)),
    ...one("authentication", "authentication", authenticationIn(from), authenticationIn(after)),
    ...one("telemetry", "telemetry", telemetryIn(from), telemetryIn(after)),
    ...one("notifications", "notifications", notificationsIn(from), notificationsIn(after)),
    ...one("selfHealing", "selfHealing", selfHealingIn(from), selfHealingIn(after)),
    ...one("routing", "routing", { precedence: from.precedence }, { precedence: after.precedence }),
    ...one("discovery", "discovery", inWords(from.discovery ?? NO_DISCOVERY), inWords(after.discovery ?? NO_DISCOVERY)),
    ...listeners(from, after),
    ...credentials(from, after),
    ...rateLimits(from, after),
    ...diffServices(sides),
    ...rollouts(from, after),
    ...diffRoutes(sides),
  ];
  return { from: before?.version ?? null, to: after.version, changes };
}

/** Headers of exports can be credentials, whatever they are called. */
/** By name: the order in the config is no matter. */
function authenticationIn({ authentication }: Mesh): Words {
  if (authentication === undefined) return {};
  const { allow, providers } = authentication;
  return { allow: inWords(allow), providers: Object.fromEntries(providers.map((one) => [one.name, inWords(one)])) };
}

function telemetryIn({ telemetry }: Mesh): Words {
  if (telemetry === undefined) return {};
  const { tracing, ...rest } = telemetry;
  if (tracing === undefined) return inWords(rest);
  const { headers: plain, secretHeaders, ...told } = tracing;
  const sent = { headers: headers(plain, true), secretHeaders: headers(secretHeaders, false) };
  return { ...(inWords(rest) as object), tracing: { ...(inWords(told) as object), ...sent } };
}

/** What there is one of. */
function one(what: Changed, path: string, before: Words, after: Words): Change[] {
  const fields = differences(before, after, path);
  return fields.length === 0
    ? []
    : [changeOf({ kind: "changed", what, name: "", path, fields, all: !ASIDE.includes(what) })];
}

/** Things with names and settings of their own. */
function named<T extends { readonly name: string }>(
  input: { readonly what: Changed; readonly path: string; readonly before: readonly T[]; readonly after: readonly T[] },
  words: (item: T, side: "before" | "after") => Words,
  touches: (name: string) => { readonly services: readonly string[]; readonly routes: readonly string[] },
): Change[] {
  const { what, path, before, after } = input;
  const known = new Map(before.map((item) => [item.name, item]));
  const kept = new Set(after.map(({ name }) => name));
  const changes = after.flatMap((item): Change[] => {
    const { name } = item;
    const at = `${path}.${name}`;
    const former = known.get(name);
    if (former === undefined) return [changeOf({ kind: "added", what, name, path: at, ...touches(name) })];
    const fields = differences(words(former, "before"), words(item, "after"), at);
    return fields.length === 0 ? [] : [changeOf({ kind: "changed", what, name, path: at, fields, ...touches(name) })];
  });
  const removed = before
    .filter(({ name }) => !kept.has(name))
    .map(({ name }) => changeOf({ kind: "removed", what, name, path: `${path}.${name}`, ...touches(name) }));
  return [...changes, ...removed];
}

function listeners(before: Mesh, after: Mesh): Change[] {
  const attached = ({ listeners: all, routes }: Mesh, name: string): readonly Route[] => {
    const index = all.findIndex((listener) => listener.name === name);
    return routes.filter((route) => route.listeners.includes(index));
  };
  return named(
    { what: "listener", path: "listeners", before: before.listeners, after: after.listeners },
    ({ hostname, port, protocol }) => ({ hostname, port: port === 0 ? null : port, protocol }),
    (name) => ({
      services: [],
      routes: [...new Set([...attached(before, name), ...attached(after, name)].map((route) => route.name))],
    }),
  );
}

/** Secrets are named, never held: names are shown. */
function credentials(before: Mesh, after: Mesh): Change[] {
  const users = ({ credentials: all = [], services }: Mesh, name: string): readonly string[] => {
    const index = all.findIndex((credential) => credential.name === name);
    const uses = (used: readonly number[] = []) => used.includes(index);
    return services
      .filter((service) => uses(service.credentials) || service.endpoints.some((one) => uses(one.credentials)))
      .map((service) => service.name);
  };
  return named(
    { what: "credential", path: "credentials", before: before.credentials ?? [], after: after.credentials ?? [] },
    ({ name: _, ...plan }) => credentialInWords(plan),
    (name) => ({ services: [...new Set([...users(before, name), ...users(after, name)])], routes: [] }),
  );
}

function rateLimits(before: Mesh, after: Mesh): Change[] {
  return named(
    { what: "rateLimit", path: "rateLimits", before: before.rateLimits ?? [], after: after.rateLimits ?? [] },
    rateLimitInWords,
    (name) => ({
      services: [],
      routes: [...new Set([...routesLimitedBy(name, before), ...routesLimitedBy(name, after)])],
    }),
  );
}

function rollouts(before: Mesh, after: Mesh): Change[] {
  const nameOf = ({ services }: Mesh, index: number) => (services[index] as Service | undefined)?.name ?? "";
  return named(
    { what: "rollout", path: "rollouts", before: before.rollouts ?? [], after: after.rollouts ?? [] },
    ({ stable, canary, steps, analysis, force }, side) => {
      const mesh = side === "before" ? before : after;
      const { alpha, maxFailureRatio, maxFailureRise, maxP99Ms, maxP99Ratio, ...others } = analysis;
      return {
        stable: nameOf(mesh, stable),
        canary: nameOf(mesh, canary),
        steps: steps.map(({ percent, bakeMs }) => ({ weight: percent, ...(inWords({ bakeMs }) as object) })),
        analysis: {
          ...(inWords(others) as object),
          confidence: percent(1 - alpha),
          successRate: { min: percent(1 - maxFailureRatio), maxDrop: percent(maxFailureRise) },
          p99: { ...(inWords({ maxMs: maxP99Ms }) as object), maxRatio: maxP99Ratio },
        },
        force: inWords(force),
      };
    },
    (name) => {
      const sides = [before, after].flatMap((mesh) => {
        const plan = mesh.rollouts?.find((rollout) => rollout.name === name);
        return plan === undefined ? [] : [nameOf(mesh, plan.stable), nameOf(mesh, plan.canary)];
      });
      return { services: [...new Set(sides)], routes: [] };
    },
  );
}

/** Without what subtracting left behind the tenth digit. */
function percent(ratio: number): number {
  return Number((ratio * 100).toPrecision(10));
}
