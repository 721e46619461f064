/** Rules over the whole config: names that refer to services, names that must differ, overrides that must fit. */
import * as z from "zod";
import { suggested } from "../nearest.ts";
import { overlayDeep } from "../overlay.ts";
import { authenticationFindings } from "./authentication/references.ts";
import { authorizationFindings } from "./authorization/references.ts";
import { credentialFindings } from "./credentials/references.ts";
import { discoveryFindings } from "./discovery-references.ts";
import { type Finding, isRecord } from "./finding.ts";
import { listenerFindings } from "./listener-references.ts";
import { automataFindings } from "./patterns.ts";
import { rateLimitReferenceFindings } from "./rate-limits-references.ts";
import {
  attemptFits,
  retryOverrideSchema,
  retrySchema,
  timeoutsOverrideSchema,
  timeoutsSchema,
} from "./request-policy.ts";
import { rolloutFindings, withSides } from "./rollout-references.ts";
import { HEDGE_NEEDS_METHODS } from "./service.ts";
import { sloRouteFindings } from "./slo.ts";

type Path = readonly (string | number)[];

/** Every broken rule of a config that may be broken elsewhere too. Never throws, whatever `mesh` is. */
export function* referenceFindings(mesh: unknown): Iterable<Finding> {
  if (!isRecord(mesh)) return;
  const services = isRecord(mesh.services) ? mesh.services : {};
  const known = knownServices(services);
  yield* repeatedAliases(services);
  yield* repeatedNames(mesh.routes, ["routes"], "route");
  yield* listenerFindings(mesh);
  for (const { path, rule, refs } of rulesOf(mesh.routes)) {
    for (const [index, ref] of refs.entries()) yield* dangling(ref, known, [...path, "backendRefs", index]);
    for (const { at, ref } of mirrorsOf(rule)) yield* dangling(ref, known, [...path, ...at]);
    yield* misfits(rule, path, withSides(refs, mesh.rollouts), known);
  }
  yield* rolloutFindings(mesh, rulesOf(mesh.routes), (ref, path) => dangling(ref, known, path));
  yield* authenticationFindings(mesh);
  yield* authorizationFindings(mesh);
  yield* rateLimitReferenceFindings(mesh);
  yield* credentialFindings(mesh);
  yield* discoveryFindings(mesh);
  yield* sloRouteFindings(mesh);
  for (const [name, service] of Object.entries(services)) {
    for (const { path, target } of fallbacksOf(name, service)) {
      yield* dangling({ service: target }, known, path.slice(0, -1));
    }
  }
  yield* fallbackCycles(services, known);
  yield* automataFindings([...rulesOf(mesh.routes), ...boundedRoutes(mesh.routes)]);
}

/** A service and the name it has in the config, by that name and by its aliases. */
type Known = ReadonlyMap<string, { readonly name: string; readonly service: unknown }>;

function knownServices(services: Record<string, unknown>): Known {
  const entries = Object.entries(services);
  const aliases = entries.flatMap(([name, service]) =>
    aliasesOf(service).map((alias) => [alias, { name, service }] as const),
  );
  return new Map([...aliases, ...entries.map(([name, service]) => [name, { name, service }] as const)]);
}

function* repeatedAliases(services: Record<string, unknown>): Iterable<Finding> {
  const taken = new Map<string, string>();
  for (const [name, service] of Object.entries(services)) {
    for (const [index, alias] of aliasesOf(service).entries()) {
      const other = Object.hasOwn(services, alias) ? alias : taken.get(alias);
      if (other === undefined) taken.set(alias, name);
      else yield { path: ["services", name, "aliases", index], message: `service ${other} has this name already` };
    }
  }
}

function aliasesOf(service: unknown): readonly string[] {
  return isRecord(service) ? listOf(service.aliases).filter((alias) => typeof alias === "string") : [];
}

/** A reference, {service, subset}, to what is not there. */
function* dangling(ref: unknown, known: Known, path: Path): Iterable<Finding> {
  if (!isRecord(ref) || typeof ref.service !== "string") return;
  const target = known.get(ref.service);
  if (target === undefined) {
    const message = `there is no service ${ref.service}`;
    yield { path: [...path, "service"], message, ...suggested(ref.service, known.keys()) };
    return;
  }
  const subsets = isRecord(target.service) && isRecord(target.service.subsets) ? target.service.subsets : {};
  if (typeof ref.subset !== "string" || Object.hasOwn(subsets, ref.subset)) return;
  const message = `service ${target.name} has no subset ${ref.subset}`;
  yield { path: [...path, "subset"], message, ...suggested(ref.subset, Object.keys(subsets)) };
}

/** Routes, and rules of a route, that share a name; a missing name is route-<index> or rule-<index>. */
function* repeatedNames(list: unknown, path: Path, what: string): Iterable<Finding> {
  const first = new Map<string, number>();
  for (const [index, entry] of listOf(list).entries()) {
    const name = isRecord(entry) && typeof entry.name === "string" ? entry.name : `${what}-${index}`;
    const before = first.get(name);
    if (before === undefined) first.set(name, index);
    else yield { path: [...path, index, "name"], message: `${what} ${before} is named ${name} already` };
    if (what === "route" && isRecord(entry)) yield* repeatedNames(entry.rules, [...path, index, "rules"], "rule");
  }
}

export interface PlacedRule {
  readonly path: Path;
  readonly rule: Record<string, unknown>;
  readonly refs: readonly unknown[];
}

function* rulesOf(routes: unknown): Iterable<PlacedRule> {
  for (const [r, route] of listOf(routes).entries()) {
    for (const [i, rule] of listOf(isRecord(route) ? route.rules : undefined).entries()) {
      if (isRecord(rule)) yield { path: ["routes", r, "rules", i], rule, refs: listOf(rule.backendRefs) };
    }
  }
}

/** Routes as far as they have patterns of their own. */
function boundedRoutes(routes: unknown): { path: Path; rule: Record<string, unknown> }[] {
  return listOf(routes).flatMap((route, r) =>
    isRecord(route) && isRecord(route.bounds) ? [{ path: ["routes", r], rule: { bounds: route.bounds } }] : [],
  );
}

const overrides = z.object({
  timeouts: z.object(timeoutsOverrideSchema.shape).optional().catch(undefined),
  retry: z.object(retryOverrideSchema.shape).pick({ methods: true, idempotencyKey: true }).optional().catch(undefined),
  hedge: z.object({ enabled: z.boolean().optional() }).optional().catch(undefined),
});

const { methods, idempotencyKey } = retrySchema.shape;
const overridden = z.object({
  timeouts: z.object({ request: timeoutsSchema.shape.request }).prefault({}),
  retry: z.object({ methods, idempotencyKey }).prefault({}),
  hedge: z.object({ enabled: z.boolean().default(true) }).optional(),
});

/** Overrides that make no sense for one of the services they apply to; each is reported once. */
function* misfits(
  rule: Record<string, unknown>,
  path: Path,
  refs: readonly unknown[],
  known: Known,
): Iterable<Finding> {
  const own = overrides.parse(rule);
  const reported = new Set<string>();
  for (const ref of refs) {
    const service = overridden.safeParse(isRecord(ref) ? settingsOf(ref, known) : undefined);
    if (!service.success) continue;
    for (const finding of misfitsWith(own, service.data)) {
      if (!reported.has(finding.message)) yield { ...finding, path: [...path, ...finding.path] };
      reported.add(finding.message);
    }
  }
}

/** What a reference's service says of itself, with what its subset says on top. */
function settingsOf({ service, subset }: Record<string, unknown>, known: Known): unknown {
  const whole = typeof service === "string" ? known.get(service)?.service : undefined;
  if (!isRecord(whole) || typeof subset !== "string" || !isRecord(whole.subsets)) return whole;
  const part = whole.subsets[subset];
  return isRecord(part) ? overlayDeep(whole, part) : whole;
}

/** Where a rule and its backends mirror to. */
function* mirrorsOf(rule: Record<string, unknown>): Iterable<{ readonly at: Path; readonly ref: unknown }> {
  const lists = [
    { at: ["filters"], filters: rule.filters },
    ...listOf(rule.backendRefs).map((ref, index) => ({
      at: ["backendRefs", index, "filters"],
      filters: isRecord(ref) ? ref.filters : undefined,
    })),
  ];
  for (const { at, filters } of lists) {
    for (const [index, filter] of listOf(filters).entries()) {
      if (!isRecord(filter) || !isRecord(filter.requestMirror)) continue;
      yield { at: [...at, index, "requestMirror", "backendRef"], ref: filter.requestMirror.backendRef };
    }
  }
}

function* misfitsWith(own: z.output<typeof overrides>, service: z.output<typeof overridden>): Iterable<Finding> {
  const attempt = own.timeouts?.backendRequest;
  if (attempt !== undefined) {
    for (const finding of attemptFits(attempt, own.timeouts?.request ?? service.timeouts.request)) {
      yield { ...finding, path: ["timeouts", ...finding.path] };
    }
  }
  const hedged = own.hedge?.enabled ?? (own.hedge !== undefined || service.hedge?.enabled === true);
  const repeatable =
    (own.retry?.methods ?? service.retry.methods).length > 0 ||
    (own.retry?.idempotencyKey ?? service.retry.idempotencyKey);
  if (hedged && !repeatable && (own.hedge !== undefined || own.retry !== undefined)) {
    yield { path: [own.hedge === undefined ? "retry" : "hedge"], message: HEDGE_NEEDS_METHODS };
  }
}

function fallbacksOf(name: string, service: unknown): { readonly path: Path; readonly target: string }[] {
  return listOf(isRecord(service) ? service.fallback : undefined).flatMap((step, index) =>
    isRecord(step) && typeof step.service === "string"
      ? [{ path: ["services", name, "fallback", index, "service"], target: step.service }]
      : [],
  );
}

/** Depth-first search; each reference back to a service on the trail is a circle, reported where it closes. */
function* fallbackCycles(services: Record<string, unknown>, known: Known): Iterable<Finding> {
  const entered = new Set<string>();
  for (const root of Object.keys(services)) {
    const trail = entered.has(root) ? [] : [{ name: root, rest: fallbacksOf(root, services[root]).values() }];
    const onTrail = new Set(trail.map(({ name }) => name));
    entered.add(root);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const next = top.rest.next();
      if (next.done) {
        onTrail.delete(top.name);
        trail.pop();
        continue;
      }
      const { path } = next.value;
      const target = known.get(next.value.target)?.name ?? next.value.target;
      if (onTrail.has(target)) {
        const start = trail.findIndex(({ name }) => name === target);
        yield { path, message: circle([...trail.slice(start).map(({ name }) => name), target]) };
      } else if (Object.hasOwn(services, target) && !entered.has(target)) {
        entered.add(target);
        onTrail.add(target);
        trail.push({ name: target, rest: fallbacksOf(target, services[target]).values() });
      }
    }
  }
}

function circle(names: readonly string[]): string {
  return names.length === 2 ? `${names[0]} cannot fall back to itself` : `falls back in a circle: ${names.join(" → ")}`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
