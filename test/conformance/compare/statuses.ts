/** Compares what the import reports of objects with the conditions that the suite waits for. */

import type { ObjectStatus } from "../../../src/import/report.ts";
import type { ExpectedCondition, ObjectName, StatusCheck } from "../case.ts";

/**
 * A sentence for what is not as expected; null when all is.
 *
 * - `statuses`: of the imports for every Gateway of the test.
 */
export function statusDifference(check: StatusCheck, statuses: readonly ObjectStatus[]): string | null {
  const [object, parent] = check.objects ?? [];
  switch (check.check) {
    case "Accepted":
      return firstOf(check.routes!, (route) =>
        routeFault(statuses, route, check.gateway!, [{ Type: "Accepted", Status: check.status! }]),
      );
    case "HTTPRouteMustHaveResolvedRefsConditionsTrue":
      return routeFault(statuses, object!, parent!, [{ Type: "ResolvedRefs", Status: "True" }]);
    case "HTTPRouteMustHaveCondition":
      return routeFault(statuses, object!, parent!, check.conditions!);
    case "RoutesAndParentMustBeAccepted":
      return firstOf(check.objects!, (route) =>
        isAccepted(statuses, route) ? null : `${nameOf(route)} is accepted nowhere`,
      );
    case "HTTPRouteMustHaveNoAcceptedParents":
      return isAccepted(statuses, object!) ? `${nameOf(object!)} is accepted` : null;
    case "HTTPRouteMustHaveParents":
      return parentsFault(statuses, object!, check.values as readonly ExpectedParent[]);
    case "GatewayMustHaveZeroRoutes":
      return firstOf(partsOf(statuses, "Gateway", object!), ({ part, attachedRoutes }) =>
        attachedRoutes ? `${part} has ${attachedRoutes} routes` : null,
      );
    case "GatewayMustHaveCondition":
      return conditionFault(whole(statuses, "Gateway", object!), check.conditions!);
    case "GatewayListenersMustHaveConditions":
      return firstOf(partsOf(statuses, "Gateway", object!), (part) =>
        conditionFault(part, check.values as readonly ExpectedCondition[]),
      );
    case "GatewayMustHaveAttachedListeners": {
      const attached = whole(statuses, "Gateway", object!)?.attachedListenerSets;
      return attached === check.count
        ? null
        : `${nameOf(object!)} has ${attached} ListenerSets, expected ${check.count}`;
    }
    case "ListenerSetMustHaveCondition":
      return conditionFault(whole(statuses, "ListenerSet", object!), check.conditions!);
    case "ListenerSetListenersMustHaveConditions": {
      // The suite names the listeners; of which they are, the data says nothing: one has to fit.
      const faults = partsOf(statuses, "ListenerSet", object!).map((part) =>
        conditionFault(part, check.values as readonly ExpectedCondition[]),
      );
      return faults.some((fault) => fault === null) ? null : (faults[0] ?? `${nameOf(object!)} has no listeners`);
    }
    case "GatewayStatusMustHaveListeners":
      return firstOf(check.values as readonly ExpectedListener[], (listener) =>
        listenerFault(partsOf(statuses, "Gateway", object!), listener),
      );
    case "ListenerSetStatusMustHaveListeners":
      return firstOf(check.values as readonly ExpectedListener[], (listener) =>
        listenerFault(partsOf(statuses, "ListenerSet", object!), listener),
      );
    case "BackendTLSPolicyMustHaveCondition":
      return conditionFault(whole(statuses, "BackendTLSPolicy", object!), check.conditions!);
    default:
      return `${check.check} is not known here`;
  }
}

interface ExpectedParent {
  readonly ParentRef: { readonly Kind: string; readonly Name: string; readonly Namespace: string };
  readonly Conditions: readonly ExpectedCondition[];
}

interface ExpectedListener {
  readonly Name: string;
  readonly SupportedKinds: readonly { readonly Kind: string }[];
  readonly AttachedRoutes: number;
  readonly Conditions: readonly ExpectedCondition[];
}

/** A route may be attached to a parent by several references: one of them has to fit. */
function routeFault(
  statuses: readonly ObjectStatus[],
  route: ObjectName,
  parent: ObjectName,
  conditions: readonly ExpectedCondition[],
) {
  const there = routeStatuses(statuses, route).filter(({ part }) => isAt(part, parent));
  const faults = there.map((status) => conditionFault(status, conditions));
  return faults.some((fault) => fault === null)
    ? null
    : (faults[0] ?? `${nameOf(route)} has no status at ${nameOf(parent)}`);
}

/** Whether `Kind namespace/name[/section][:port]` is of an object. */
function isAt(part: string, { namespace, name }: ObjectName): boolean {
  const [, place = ""] = part.split(" ");
  const [partNamespace, partName = ""] = place.split("/");
  return partNamespace === namespace && partName.replace(/:\d+$/, "") === name;
}

function isAccepted(statuses: readonly ObjectStatus[], route: ObjectName): boolean {
  return routeStatuses(statuses, route).some(
    (status) => conditionFault(status, [{ Type: "Accepted", Status: "True" }]) === null,
  );
}

function parentsFault(
  statuses: readonly ObjectStatus[],
  route: ObjectName,
  parents: readonly ExpectedParent[],
): string | null {
  const own = routeStatuses(statuses, route);
  if (own.length !== parents.length) return `${nameOf(route)} has ${own.length} parents, expected ${parents.length}`;
  return firstOf(parents, ({ ParentRef: { Kind, Name, Namespace }, Conditions }) => {
    const status = own.find(
      ({ part }) => part.startsWith(`${Kind} `) && isAt(part, { namespace: Namespace, name: Name }),
    );
    return conditionFault(status, Conditions);
  });
}

function listenerFault(parts: readonly ObjectStatus[], expected: ExpectedListener): string | null {
  const status = parts.find(({ part }) => part === expected.Name);
  const fault = conditionFault(status, expected.Conditions);
  if (fault !== null) return fault;
  if (status!.attachedRoutes !== expected.AttachedRoutes) {
    return `${expected.Name} has ${status!.attachedRoutes} routes, expected ${expected.AttachedRoutes}`;
  }
  const missing = expected.SupportedKinds.find(({ Kind }) => !status!.supportedKinds?.includes(Kind));
  return missing === undefined ? null : `${expected.Name} does not support ${missing.Kind}`;
}

function conditionFault(status: ObjectStatus | undefined, expected: readonly ExpectedCondition[]): string | null {
  if (status === undefined) return "it has no status";
  return firstOf(expected, ({ Type, Status, Reason }) => {
    const found = status.conditions.find(({ type }) => type === Type);
    if (found?.status === Status && (!Reason || found.reason === Reason)) return null;
    const said = found === undefined ? "absent" : `${found.status} (${found.reason})`;
    return `${status.name} ${status.part}: ${Type} is ${said}, expected ${Status}${Reason ? ` (${Reason})` : ""}`;
  });
}

function routeStatuses(statuses: readonly ObjectStatus[], route: ObjectName): ObjectStatus[] {
  return statuses.filter(({ kind, name }) => kind.endsWith("Route") && name === nameOf(route));
}

function whole(statuses: readonly ObjectStatus[], kind: string, object: ObjectName): ObjectStatus | undefined {
  return statuses.find((status) => status.kind === kind && status.name === nameOf(object) && status.part === "");
}

function partsOf(statuses: readonly ObjectStatus[], kind: string, object: ObjectName): ObjectStatus[] {
  return statuses.filter((status) => status.kind === kind && status.name === nameOf(object) && status.part !== "");
}

function nameOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

function firstOf<T>(list: readonly T[], fault: (entry: T) => string | null): string | null {
  for (const entry of list) {
    const found = fault(entry);
    if (found !== null) return found;
  }
  return null;
}
