/** Decodes events that another object hands over. */
import { EVENT_TYPES, type MeshEvent, SEVERITIES } from "../../src/telemetry/events/event.ts";

const MAX_EVENTS = 200;
const MAX_TEXT = 1_000;
const MAX_CAUSES = 32;

/** Those that are events, and how many are not. Never throws. */
export function checkEvents(value: unknown): { readonly events: readonly MeshEvent[]; readonly refused: number } {
  const given = Array.isArray(value) ? value : [];
  const events = given.slice(0, MAX_EVENTS).flatMap((one) => eventFrom(one) ?? []);
  return { events, refused: given.length - events.length };
}

function eventFrom(value: unknown): MeshEvent | null {
  if (typeof value !== "object" || value === null) return null;
  const event = value as Partial<Record<keyof MeshEvent, unknown>>;
  const { id, atMs, service, endpoint = null, region = null, type, severity, summary, cause, key, resolved } = event;
  if (![id, key, summary].every((text) => typeof text === "string" && text !== "" && text.length <= MAX_TEXT))
    return null;
  if (![service, endpoint, region].every((text) => text === null || isText(text))) return null;
  if (typeof atMs !== "number" || !Number.isFinite(atMs) || atMs < 0) return null;
  if (!EVENT_TYPES.some((one) => one === type) || !SEVERITIES.some((one) => one === severity)) return null;
  if (resolved !== undefined && typeof resolved !== "boolean") return null;
  if (typeof cause !== "object" || cause === null || Array.isArray(cause)) return null;
  const causes = Object.entries(cause);
  const isPlain = ([name, one]: [string, unknown]) =>
    name.length <= 64 && (one === null || isText(one) || typeof one === "boolean" || Number.isFinite(one));
  if (causes.length > MAX_CAUSES || !causes.every(isPlain)) return null;
  const kept = { id, atMs, service, endpoint, region, type, severity, summary, cause, key } as MeshEvent;
  return resolved === undefined ? kept : { ...kept, resolved };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.length <= MAX_TEXT;
}
