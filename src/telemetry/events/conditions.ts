/**
 * Conditions that nobody announces: they are read off the state each time it is seen, and whoever remembers which ones
 * held tells from the difference what has begun and what is over.
 */
import type { MonitorDescription } from "../../core/monitor/describe.ts";
import type { Cause, MeshEvent, Severity } from "./event.ts";

/** A condition that holds. */
export interface Condition {
  /** As in the events about it. */
  readonly key: string;
  readonly type: MeshEvent["type"];
  readonly severity: Severity;
  readonly service: string | null;
  readonly endpoint: string | null;
  readonly summary: string;
  /** What is said when it is over. */
  readonly over: string;
  readonly cause: Cause;
}

/** What stands between the requests of a service and its endpoints, from its root. Linear in the endpoints. */
export function failoverOf(root: MonitorDescription): Condition | null {
  const { service, endpoints, left } = root;
  if (endpoints.length === 0 || endpoints.every(({ health }) => health === 0)) return null;
  const of = { key: `failover/${service}`, type: "failover", service, endpoint: null } as const;
  if (left.serving === 0) {
    return {
      ...of,
      severity: "critical",
      summary: `${service} has no endpoint left that serves`,
      over: `${service} has endpoints that serve again`,
      cause: { serving: 0, left: left.left, total: endpoints.length },
    };
  }
  const serves = (one: (typeof endpoints)[number]) => one.health <= 1 && one.breaker !== 1;
  const first = Math.min(...endpoints.map(({ priority }) => priority));
  const inUse = Math.min(...endpoints.filter(serves).map(({ priority }) => priority));
  if (inUse === first || !Number.isFinite(inUse)) return null;
  return {
    ...of,
    severity: "warning",
    summary: `${service} has failed over to priority ${inUse}`,
    over: `${service} is back at priority ${first}`,
    cause: { priority: inUse, preferred: first },
  };
}

/** What a registry says that is wrong. */
export interface DiscoveryState {
  readonly service: string;
  readonly sources: readonly { readonly name: string; readonly state: string; readonly error: string }[];
  readonly alarms: readonly { readonly type: string; readonly count: number; readonly detail: string }[];
}

/** Sources that fail, and floors that hold endpoints back. */
export function discoveryConditions({ service, sources, alarms }: DiscoveryState): readonly Condition[] {
  const of = { type: "discovery", severity: "warning", service, endpoint: null } as const;
  return [
    ...sources
      .filter(({ state }) => state === "failing")
      .map(({ name, error }) => ({
        ...of,
        key: `source/${service}/${name}`,
        summary: `source ${name} of ${service} fails, and its last answer stays in force: ${error}`,
        over: `source ${name} of ${service} answers again`,
        cause: { source: name, error },
      })),
    ...alarms.map(({ type, count, detail }) => ({
      ...of,
      key: `alarm/${service}/${type}`,
      summary: `discovery of ${service}: ${detail}`,
      over: `discovery of ${service}: ${type} is over`,
      cause: { alarm: type, count, detail },
    })),
  ];
}

/** Makes ids and times of events about conditions. */
export interface Stamp {
  readonly id: string;
  readonly atMs: number;
}

/** The event of a condition that has begun, or that is now another one with the same key. */
export function begun({ over: _, ...condition }: Condition, { id, atMs }: Stamp): MeshEvent {
  return { id, atMs, region: null, ...condition, resolved: false };
}

/** The event of a condition that is over. */
export function ended(condition: Condition, { id, atMs }: Stamp): MeshEvent {
  const { key, service, endpoint, over, cause } = condition;
  const type = condition.type === "failover" ? "recovery" : condition.type;
  return {
    id,
    atMs,
    region: null,
    key,
    service,
    endpoint,
    type,
    severity: "info",
    summary: over,
    cause,
    resolved: true,
  };
}

/** What an observer said that holds, and has not taken back. */
export interface OpenCondition {
  readonly event: MeshEvent;
  readonly observer: string;
}

/**
 * The ends of conditions that the observer's own state contradicts: the endpoint has left, or an end was lost with the
 * observer's memory. `open`: of that observer, as of before its state was read.
 */
export function overtaken(
  open: readonly OpenCondition[],
  { service, endpoints }: MonitorDescription,
  stamp: (service: string) => Stamp,
): readonly MeshEvent[] {
  return open.flatMap(({ event }) => {
    const endpoint = endpoints.find(({ id }) => id === event.endpoint);
    const holds = endpoint !== undefined && stillHolds(event, endpoint);
    if (holds) return [];
    const why = endpoint === undefined ? "it has left" : "it is over";
    const { key, region } = event;
    return [
      {
        ...stamp(service),
        key,
        region,
        service,
        endpoint: event.endpoint,
        type: "recovery" as const,
        severity: "info" as const,
        summary: `${event.endpoint} of ${service}: ${event.type} is no longer said, ${why}`,
        cause: { cause: why },
        resolved: true,
      },
    ];
  });
}

function stillHolds({ key }: MeshEvent, endpoint: MonitorDescription["endpoints"][number]): boolean {
  switch (key.slice(0, key.indexOf("/"))) {
    case "ejection":
      return endpoint.passive.ownBreaker.state !== "closed";
    case "health":
      return endpoint.health === 2 || endpoint.health === 3;
    default:
      return true;
  }
}
