/**
 * Istio decides a request at the gateway and again at the workload that it reaches, each by its own policies; an edge decides
 * once, by all of them. What that changes is said here: ALLOW policies of two such points each had to admit a request, and one
 * of them is enough here; policies of one service of a split hold for the others as well.
 */
import type { RouteDraft, RuleDraft } from "../proxy/draft.ts";
import type { PlacedPolicy } from "./authorization-policies.ts";
import type { ListenerPlan } from "./gateways.ts";
import type { Target } from "./policy-targets.ts";
import type { MeshService } from "./registry.ts";

export interface PointContext {
  readonly listeners: readonly ListenerPlan[];
  readonly serviceOf: (name: string) => MeshService | undefined;
}

type At = (target: Target) => boolean;

/** - `policies`: all that hold for the rule, those of the whole mesh among them. */
export function noteMergedPoints(
  policies: readonly PlacedPolicy[],
  route: RouteDraft,
  rule: RuleDraft,
  context: PointContext,
): void {
  const deciding = policies.filter(({ policy }) => policy.action !== "AUDIT" && policy.dryRun !== true);
  const { gateways, services } = pointsOf(route, rule, context);
  const allow = deciding.filter(({ policy }) => policy.action === "ALLOW");
  const setsOf = (points: readonly At[]) => points.map((at) => allow.filter(({ target }) => at(target)));
  const sets = [...setsOf(gateways), ...setsOf(services)].filter((set) => set.length > 0);
  const isWider = sets.some((set) => set.length < allow.length);
  for (const one of allow) {
    // Who holds wherever others do is not asked in addition to them.
    if (!isWider) break;
    one.resource.spec.note("", WIDER, "security");
  }
  for (const one of deciding) {
    const isAtGateway = gateways.some((at) => at(one.target));
    const held = services.filter((at) => at(one.target)).length;
    if (isAtGateway || held === 0 || held === services.length) continue;
    // Of ALLOW the other services may have had none, which admits everything.
    one.resource.spec.note("", SPLIT, "changed");
  }
}

const WIDER =
  "Istio asks the ALLOW policies of the gateway and those of each service apart, and all of them have to admit; the edge asks once, and one that admits is enough";
const SPLIT =
  "holds for some of the services that a rule divides its requests among, and here for all of them: an edge decides before it draws one";

function pointsOf(
  { listeners: names }: RouteDraft,
  { backendRefs = [] }: RuleDraft,
  { listeners, serviceOf }: PointContext,
): { readonly gateways: readonly At[]; readonly services: readonly At[] } {
  const entrances = listeners.filter(({ name }) => names === undefined || names.includes(name));
  const gateways = new Set(entrances.flatMap(({ servers }) => servers.map(({ gateway }) => gateway)));
  const services = new Map<string, MeshService>();
  for (const ref of backendRefs) {
    const service = "service" in ref ? serviceOf(ref.service) : undefined;
    if (service !== undefined) services.set(`${service.namespace}/${service.host}`, service);
  }
  return {
    gateways: [...gateways].map((gateway) => (target: Target) => isEverything(target) || target.gateways.has(gateway)),
    services: [...services.values()].map(
      (service) => (target: Target) => isEverything(target) || isHeld(target.takes(service)),
    ),
  };
}

function isEverything(target: Target): target is Extract<Target, { type: "everything" }> {
  return target.type === "everything";
}

function isHeld(taken: string): boolean {
  return taken === "whole" || taken === "part";
}
