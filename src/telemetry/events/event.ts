/**
 * What happened, in one vocabulary for everything that happens: what monitors, the config, rollouts, registries and
 * analyses tell becomes this, and this is what people, sockets and receivers of notifications get.
 */
import { type EventType, SEVERITIES, type Severity } from "../../core/mesh-notifications.ts";

export { EVENT_TYPES, type EventType, SEVERITIES, type Severity } from "../../core/mesh-notifications.ts";

/** Why, for machines: plain values, nothing that is secret. */
export type Cause = Readonly<Record<string, string | number | boolean | null>>;

export interface MeshEvent {
  /** `<service>:<scope>:<n>`, the same for the same event every time; "" as service for what is about the mesh. */
  readonly id: string;
  readonly atMs: number;
  /** Null: about no service in particular. */
  readonly service: string | null;
  /** Endpoint id, or the target of an operator's word as people write it. */
  readonly endpoint: string | null;
  /** Null: about all of them. */
  readonly region: string | null;
  readonly type: EventType;
  readonly severity: Severity;
  /** One sentence. */
  readonly summary: string;
  readonly cause: Cause;
  /**
   * What it belongs to: events of one key begin and end one condition. Distinct for conditions that come and go by themselves.
   */
  readonly key: string;
  /**
   * False: the condition has begun, or goes on. True: it is over. Absent: it is no condition, it only happened.
   */
  readonly resolved?: boolean;
}

/** Whether `a` is as bad as `b`, or worse. Never throws. */
export function isAsBad(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b);
}
