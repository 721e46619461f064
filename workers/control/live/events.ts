/** What happened lately, from the monitors' roots and the versions of the config, as one list. */

import type { VersionMeta } from "../../../src/core/mesh-version.ts";
import type { NumberedEvent } from "../../../src/core/monitor/monitor-event.ts";
import type { ControlEnvironment } from "../environment.ts";
import { eventText } from "./event-text.ts";
import { askConfig, meshConfig } from "./mesh-config.ts";
import { describeRoots } from "./monitors.ts";

export interface MeshEvent {
  /** The same for the same event, every time. */
  readonly id: string;
  readonly atMs: number;
  readonly type: string;
  readonly service: string | null;
  readonly endpoint: string | null;
  readonly region: string | null;
  /** For people. */
  readonly detail: string;
}

export interface EventQuery {
  /** Null: of the config too. */
  readonly service: string | null;
  readonly sinceMs: number;
  /** "health", or "opened": the type, or what is before its dot. "" for all. */
  readonly type: string;
}

/** Services that are asked at most; the others are named as missing. */
const MAX_SERVICES = 200;
const MAX_VERSIONS = 100;

/** Newest first, and the services that gave no answer. */
export async function eventsOf(
  env: ControlEnvironment,
  services: readonly string[],
  query: EventQuery,
): Promise<{ readonly events: readonly MeshEvent[]; readonly missing: readonly string[] }> {
  const [roots, versions] = await Promise.all([
    describeRoots(env, services.slice(0, MAX_SERVICES)),
    query.service === null ? askConfig(() => meshConfig(env).history({ limit: MAX_VERSIONS })) : [],
  ]);
  const events = [
    ...versions.flatMap(versionEvents),
    ...roots.flatMap(({ service, root }) =>
      root.state === "described" ? root.description.events.map((event) => monitorEvent(service, event)) : [],
    ),
  ].filter(
    ({ atMs, type }) =>
      atMs >= query.sinceMs && (query.type === "" || type === query.type || type.startsWith(`${query.type}.`)),
  );
  const missing = [
    ...roots.filter(({ root }) => root.state === "away").map(({ service }) => service),
    ...services.slice(MAX_SERVICES),
  ];
  return { events: events.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)), missing };
}

/** Newest first, as text that rises. */
export function orderOf({ atMs, id }: MeshEvent): string {
  return `${String(10 ** 15 - Math.floor(atMs)).padStart(16, "0")}/${id}`;
}

function monitorEvent(service: string, event: NumberedEvent): MeshEvent {
  const { n, atMs, endpoint, type } = event;
  return {
    id: `${service}/${n}`,
    atMs,
    type: `health.${type}`,
    service,
    endpoint,
    region: "region" in event ? event.region : null,
    detail: eventText(event),
  };
}

function versionEvents(meta: VersionMeta): readonly MeshEvent[] {
  const { version, atMs, author, message, kind, guard } = meta;
  const base = { service: null, endpoint: null, region: null };
  const said = message === "" ? "" : `: ${message}`;
  const by = author === "" ? "" : ` by ${author}`;
  const made = {
    ...base,
    id: `config/${version}`,
    atMs,
    type: `config.${kind}`,
    detail: `version ${version}${by}${said}`,
  };
  // A guard that went back made a version of its own, and one that ended was overtaken by one.
  if (guard?.state !== "passed") return [made];
  const detail = `the guard of version ${version} passed${guard.reason === "" ? "" : `: ${guard.reason}`}`;
  return [made, { ...base, id: `config/${version}/guard`, atMs: guard.untilMs, type: "config.guard-passed", detail }];
}
