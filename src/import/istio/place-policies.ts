/**
 * Puts policies where they hold: on the mesh, or on each rule of the routes that leads to what they were made for.
 *
 * A rule that divides its requests among several services is decided once, before one of them is drawn: it has the policies of
 * all of them.
 */
import type { RouteDraft, RuleDraft, Settings } from "../proxy/draft.ts";
import { noteMergedPoints } from "./admission-points.ts";
import type { PlacedPolicy } from "./authorization-policies.ts";
import type { ListenerPlan } from "./gateways.ts";
import type { Target } from "./policy-targets.ts";
import type { MeshService } from "./registry.ts";
import type { PlacedProvider } from "./request-authentications.ts";

export interface PlacingContext {
  readonly listeners: readonly ListenerPlan[];
  /** The service of a name in the config, as far as the documents tell of it. */
  readonly serviceOf: (name: string) => MeshService | undefined;
}

export interface Guarded {
  readonly routes: readonly RouteDraft[];
  /** Of the mesh. Empty: none. */
  readonly policies: readonly Settings[];
  /** Those that are asked, and those of policies that hold somewhere. */
  readonly used: ReadonlySet<PlacedPolicy | PlacedProvider>;
}

const NOTHING =
  "holds for nothing that the imported routes lead to, as far as the documents tell: give the Services and Pods that it selects, if there are any";

/** Notes policies that hold for nothing that was imported. */
export function placePolicies(
  routes: readonly RouteDraft[],
  policies: readonly PlacedPolicy[],
  providers: readonly PlacedProvider[],
  context: PlacingContext,
): Guarded {
  const used = new Set<PlacedPolicy | PlacedProvider>();
  const onMesh = policies.filter(({ target }) => target.type === "everything");
  for (const policy of onMesh) used.add(policy);
  const guarded = routes.map((route): RouteDraft => {
    const rules = route.rules.map((rule): RuleDraft => {
      const holds = <T extends { readonly target: Target }>(one: T) => isHeldBy(one.target, route, rule, context);
      const own = policies.filter((policy) => policy.target.type === "some" && holds(policy));
      const asked = providers.filter(holds);
      for (const one of [...own, ...asked]) noteParts(one, route, rule, own, context);
      for (const one of [...policies, ...providers]) noteUnknown(one, rule, context);
      for (const one of own) notePeer(one, route, context);
      noteMergedPoints([...onMesh, ...own], route, rule, context);
      for (const one of [...own, ...asked]) used.add(one);
      return {
        ...rule,
        ...(asked.length > 0 && { authentication: { providers: asked.map(({ name }) => name) } }),
        ...(own.length > 0 && { authorization: { policies: own.map(({ policy }) => policy) } }),
      };
    });
    return { ...route, rules };
  });
  for (const one of [...policies, ...providers]) {
    if (!used.has(one)) one.resource.spec.note("", NOTHING, "security");
  }
  return { routes: guarded, policies: onMesh.map(({ policy }) => policy), used };
}

function isHeldBy(
  target: Target,
  { listeners: names }: RouteDraft,
  { backendRefs = [] }: RuleDraft,
  { listeners, serviceOf }: PlacingContext,
): boolean {
  if (target.type === "everything") return true;
  const entrances = listeners.filter(({ name }) => names === undefined || names.includes(name));
  if (entrances.some(({ servers }) => servers.some(({ gateway }) => target.gateways.has(gateway)))) return true;
  return backendRefs.some((ref) => {
    const service = "service" in ref ? serviceOf(ref.service) : undefined;
    return service !== undefined && ["whole", "part"].includes(target.takes(service));
  });
}

/**
 * Says where a policy was made for some workloads of a service, and holds for all of them here. That refuses more than before,
 * unless others admit to the rest: what one admits reaches the workloads of the other then.
 */
function noteParts(
  one: PlacedPolicy | PlacedProvider,
  route: RouteDraft,
  { backendRefs = [] }: RuleDraft,
  beside: readonly PlacedPolicy[],
  { listeners, serviceOf }: PlacingContext,
): void {
  const { target } = one;
  if (target.type === "everything") return;
  const entrances = listeners.filter(({ name }) => route.listeners === undefined || route.listeners.includes(name));
  for (const gateway of new Set(entrances.flatMap(({ servers }) => servers.map((server) => server.gateway)))) {
    if (!target.partOf.has(gateway)) continue;
    const message = `selects some of the workloads of the Gateway ${gateway}, and here it holds for all that comes in there`;
    one.resource.spec.note("selector", message, "changed");
  }
  const isAllow = (policy: PlacedPolicy | PlacedProvider) => "policy" in policy && policy.policy.action === "ALLOW";
  for (const ref of backendRefs) {
    const service = "service" in ref ? serviceOf(ref.service) : undefined;
    if (service === undefined || target.takes(service) !== "part") continue;
    const isAmongOthers = isAllow(one) && beside.some((other) => other !== one && isAllow(other));
    const what = isAmongOthers
      ? "what it admits reaches all of them, beside what other ALLOW policies admit"
      : "here it holds for all of them";
    const message = `selects some of the workloads of ${service.host}, and ${what}: an edge decides before it draws an endpoint`;
    one.resource.spec.note("selector", message, isAmongOthers ? "security" : "changed");
  }
}

/** Says where nobody can tell from the documents whether a policy holds: what it keeps out may get in. */
function noteUnknown(
  one: PlacedPolicy | PlacedProvider,
  { backendRefs = [] }: RuleDraft,
  { serviceOf }: PlacingContext,
): void {
  const { target } = one;
  if (target.type === "everything") return;
  for (const ref of backendRefs) {
    const service = "service" in ref ? serviceOf(ref.service) : undefined;
    if (service === undefined || target.takes(service) !== "unknown") continue;
    const message = `may select workloads of ${service.host}, whose labels the documents do not tell, and does not hold for it here: give its Pods`;
    one.resource.spec.note("selector", message, "security");
  }
}

/** What a workload behind a gateway compares with the gateway's address is compared with the caller's here. */
function notePeer({ target, policy, resource }: PlacedPolicy, route: RouteDraft, { listeners }: PlacingContext): void {
  if (target.type === "everything" || !PEER.test(JSON.stringify(policy.rules))) return;
  const entrances = listeners.filter(({ name }) => route.listeners === undefined || route.listeners.includes(name));
  if (entrances.some(({ servers }) => servers.some(({ gateway }) => target.gateways.has(gateway)))) return;
  const message =
    "ipBlocks and source.ip are compared with the address of the caller, where the workload saw that of the gateway: say remoteIpBlocks or remote.ip where callers are meant";
  resource.spec.note("rules", message, "changed");
}

const PEER = /"(?:ipBlocks|notIpBlocks)":|"key":"source\.ip"/;
