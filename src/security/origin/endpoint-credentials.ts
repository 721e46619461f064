/** What the endpoints of a service are sent to know the mesh by, as attempts and probes find it. */
import type { Service } from "../../core/mesh.ts";
import type { OriginCredential } from "./credential.ts";
import type { OpenCredentials } from "./open.ts";

/** By index of the service's endpoints; in it, null is none. Null: none of them is sent any. */
export type EndpointCredentials = readonly (readonly OriginCredential[] | null)[] | null;

/** Never throws for what `compileMesh` made. Linear in the endpoints; once for a service, not for a request. */
export function credentialsOf(service: Service, open: OpenCredentials): EndpointCredentials {
  const usual = opened(service.credentials, open);
  if (usual === null && service.endpoints.every(({ credentials }) => credentials === undefined)) return null;
  return service.endpoints.map(({ credentials }) => (credentials === undefined ? usual : opened(credentials, open)));
}

function opened(indices: readonly number[] | undefined, { of }: OpenCredentials): readonly OriginCredential[] | null {
  return indices === undefined || indices.length === 0 ? null : indices.map((index) => of[index]!);
}

/** The most bytes of a body that any of them signs; 0: none does. */
export function signedBodyBytes(credentials: EndpointCredentials): number {
  const all = (credentials ?? []).flatMap((some) => some ?? []);
  return all.reduce((most, { bodyBytes }) => Math.max(most, bodyBytes), 0);
}
