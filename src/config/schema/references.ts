/** Rules over the whole config: names that refer to services, names that must differ, overrides that must fit. */
import * as z from "zod";
import { nearest } from "../nearest.ts";
import { type Finding, isRecord } from "./finding.ts";
import {
  attemptFits,
  retryOverrideSchema,
  retrySchema,
  timeoutsOverrideSchema,
  timeoutsSchema,
} from "./request-policy.ts";
import { HEDGE_NEEDS_METHODS } from "./service.ts";

type Path = readonly (string | number)[];

/** Every broken rule of a config that may be broken elsewhere too. Never throws, whatever `mesh` is. */
export function* referenceFindings(mesh: unknown): Iterable<Finding> {
  if (!isRecord(mesh)) return;
  const services = isRecord(mesh.services) ? mesh.services : {};
  yield* repeatedNames(mesh.routes, ["routes"], "route");
  for (const { path, rule, refs } of rulesOf(mesh.routes)) {
    for (const [index, ref] of refs.entries()) {
      if (!isRecord(ref) || typeof ref.service !== "string") continue;
      yield* dangling(ref.service, services, [...path, "backendRefs", index, "service"]);
    }
    yield* misfits(rule, path, refs, services);
  }
  for (const [name, service] of Object.entries(services)) {
    for (const { path, target } of fallbacksOf(name, service)) yield* dangling(target, services, path);
  }
  yield* fallbackCycles(services);
}

function* dangling(name: string, services: Record<string, unknown>, path: Path): Iterable<Finding> {
  if (Object.hasOwn(services, name)) return;
  const suggestion = nearest(name, Object.keys(services));
  yield { path, message: `there is no service ${name}`, ...(suggestion !== undefined && { suggestion }) };
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

interface PlacedRule {
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
  services: Record<string, unknown>,
): Iterable<Finding> {
  const own = overrides.parse(rule);
  const reported = new Set<string>();
  for (const ref of refs) {
    const name = isRecord(ref) && typeof ref.service === "string" ? ref.service : "";
    const service = overridden.safeParse(Object.hasOwn(services, name) ? services[name] : undefined);
    if (!service.success) continue;
    for (const finding of misfitsWith(own, service.data)) {
      if (!reported.has(finding.message)) yield { ...finding, path: [...path, ...finding.path] };
      reported.add(finding.message);
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
function* fallbackCycles(services: Record<string, unknown>): Iterable<Finding> {
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
      const { path, target } = next.value;
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
