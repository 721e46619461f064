/** What instances are refused, and why. */
import type { Instance } from "../../src/discovery/registry/instance.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import { isSameText } from "../../src/security/same-text.ts";
import type { InvalidRequest, Leased, NotRegistrable, Superseded, UnknownInstance } from "./replies.ts";

/** The instance of that name, if it is known and nobody else has taken the name over. */
export function findInstance(
  { service, roster }: RegistryState,
  id: string,
  { lease }: Leased,
): { readonly ok: true; readonly instance: Instance } | UnknownInstance | Superseded {
  const instance = roster.get(id);
  if (instance === undefined)
    return { ok: false, error: "unknown_instance", detail: `${service} has no instance ${id}` };
  if (lease === undefined || isSameText(lease, instance.lease)) return { ok: true, instance };
  return { ok: false, error: "superseded", detail: `another registration has taken ${id} over` };
}

/** Null when instances may register. `isMeshKnown`: some mesh was heard of. */
export function notRegistrable({ service, settings }: RegistryState, isMeshKnown: boolean): NotRegistrable | null {
  if (!isMeshKnown) return { ok: false, error: "unavailable", detail: "the mesh in force can not be asked for" };
  if (settings?.discovery.registration != null) return null;
  return { ok: false, error: "not_enabled", detail: `the mesh does not let instances register with ${service}` };
}

/** What is wrong with a request, field by field and in one line. */
export function invalid(faults: InvalidRequest["faults"]): InvalidRequest {
  const detail = faults.map(({ path, message }) => `${path} ${message}`.trim()).join("; ");
  return { ok: false, error: "invalid_request", detail, faults };
}
