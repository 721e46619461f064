/** What the event hub is asked, and what it answers. */
import type { UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import type { TargetView } from "./describe-targets.ts";
import type { EventFilter, EventPage } from "./event-store.ts";
import type { Topology } from "./topology.ts";

/** Name of the one object. */
export const EVENT_HUB_NAME = "hub";

export type EventsQuery = EventFilter;
/** `missing`: services whose monitors gave no answer, so that what they noticed lately is not in here. */
export type EventsReply = EventPage & { readonly missing: readonly string[] };

/** The methods of `EventHub`. */
export interface EventHubCalls {
  /** A socket for live state: the control Worker has found out who asks. */
  fetch(request: Request): Promise<Response>;
  /** The picture of the traffic, at most about a second old. `services`: null for all. Null: the mesh is not known. */
  topology(query: { readonly services: readonly string[] | null }): Promise<Topology | null>;
  /** Newest first; what happened up to about a second ago is in it. */
  events(query: EventsQuery): Promise<EventsReply>;
  /** Events of analyses. Their ids have to be the same each time: a known one counts once. What is no event is refused. */
  record(events: readonly MeshEvent[]): Promise<{ readonly taken: number; readonly refused: number }>;
  /** Who is told, and how it goes with them. */
  targets(): Promise<readonly TargetView[]>;
  /** Rows that HEDDLE_STORAGE_KEY opens no more. */
  unopened(): Promise<UnopenedRows>;
  /** Goes on with its rounds, should the platform have given up its alarm, or nobody ever have started it. */
  wake(): Promise<void>;
  /** Another mesh may be in force. */
  onMeshChanged(): Promise<void>;
  /** A credential was revoked: its sockets are closed. */
  onRevoked(key: string): Promise<void>;
}
