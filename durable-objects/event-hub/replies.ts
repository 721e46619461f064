/** What the event hub is asked, and what it answers. */
import type { Topology } from "./topology.ts";

/** Name of the one object. */
export const EVENT_HUB_NAME = "hub";

/** The methods of `EventHub`. */
export interface EventHubCalls {
  /** A socket for live state: the control Worker has found out who asks. */
  fetch(request: Request): Promise<Response>;
  /** The picture of the traffic, at most about a second old. `services`: null for all. Null: the mesh is not known. */
  topology(query: { readonly services: readonly string[] | null }): Promise<Topology | null>;
  /** A credential was revoked: its sockets are closed. */
  onRevoked(key: string): Promise<void>;
}
