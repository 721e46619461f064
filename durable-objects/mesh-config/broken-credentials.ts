import type { Endpoint, OriginCredentialPlan, RouteRule, Service } from "../../src/core/mesh.ts";

/** What this version puts on requests. */
const TYPES: readonly unknown[] = [
  "headers",
  "hmac",
  "message-signature",
  "aws-sigv4",
  "google-id-token",
  "client-credentials",
] satisfies readonly OriginCredentialPlan["type"][];

/** Whether a mesh has credentials that could not be put on requests, or refers to ones that it lacks. Never throws, whatever they are. */
export function isBrokenCredentials(
  credentials: unknown,
  services: readonly unknown[],
  routes: readonly unknown[] = [],
): boolean {
  const plans = credentials === undefined ? [] : credentials;
  if (!Array.isArray(plans)) return true;
  const isPlan = (plan: { readonly [K in keyof OriginCredentialPlan]?: unknown } | null) =>
    typeof plan?.name === "string" && TYPES.includes(plan.type);
  if (!plans.every(isPlan)) return true;
  const isBrokenUse = (used: unknown) =>
    used !== undefined &&
    !(Array.isArray(used) && used.every((index) => Number.isInteger(index) && index >= 0 && index < plans.length));
  const isBrokenUser = (user: Loose<Pick<Endpoint, "credentials">>) => isBrokenUse(user?.credentials);
  const isBrokenService = (service: Pick<Service, "credentials" | "endpoints" | "healthChecks">) =>
    isBrokenUser(service) || service.endpoints.some(isBrokenUser) || listOf(service.healthChecks).some(isBrokenUser);
  const isBrokenRule = (rule: Loose<Pick<RouteRule, "filters" | "backendRefs">>) =>
    isBrokenUser(rule?.filters as never) ||
    listOf(rule?.backendRefs).some((ref: Loose<Pick<RouteRule, "filters">>) => isBrokenUser(ref?.filters as never));
  return (
    (services as readonly Service[]).some(isBrokenService) ||
    routes.some((route) => listOf((route as Loose<{ rules: unknown }>)?.rules).some(isBrokenRule))
  );
}

type Loose<T> = { readonly [K in keyof T]?: unknown } | null | undefined;

function listOf(value: unknown): readonly never[] {
  return Array.isArray(value) ? (value as never[]) : [];
}
