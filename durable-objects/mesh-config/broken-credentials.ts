import type { Endpoint, OriginCredentialPlan, Service } from "../../src/core/mesh.ts";

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
export function isBrokenCredentials(credentials: unknown, services: readonly unknown[]): boolean {
  const plans = credentials === undefined ? [] : credentials;
  if (!Array.isArray(plans)) return true;
  const isPlan = (plan: { readonly [K in keyof OriginCredentialPlan]?: unknown } | null) =>
    typeof plan?.name === "string" && TYPES.includes(plan.type);
  if (!plans.every(isPlan)) return true;
  const isBrokenUse = (used: unknown) =>
    used !== undefined &&
    !(Array.isArray(used) && used.every((index) => Number.isInteger(index) && index >= 0 && index < plans.length));
  return (services as readonly Pick<Service, "credentials" | "endpoints">[]).some(
    (service) =>
      isBrokenUse(service.credentials) ||
      service.endpoints.some((endpoint: Pick<Endpoint, "credentials"> | null) => isBrokenUse(endpoint?.credentials)),
  );
}
