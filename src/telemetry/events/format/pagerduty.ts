/**
 * PagerDuty Events API v2. A trigger and its resolve have one dedup_key; what only happened is a trigger of its own that
 * nobody resolves, so such targets are better told conditions. Source: developer.pagerduty.com, "Events API v2 Overview",
 * "Send an Alert Event".
 */
import { type Envelope, eventOf, isoTime, JSON_TYPE, type Message, sentenceOf } from "./message.ts";

/** Longest summary and dedup_key that are taken. */
const MAX_SUMMARY = 1_024;
const MAX_DEDUP_KEY = 255;

/** `routingKey`: of the integration. */
export function pagerdutyMessage(envelope: Envelope, routingKey: string): Message {
  const { notice, dedupeKey } = envelope;
  const key = { routing_key: routingKey, dedup_key: dedupeKey.slice(0, MAX_DEDUP_KEY) };
  if (notice.kind === "resolve")
    return { headers: JSON_TYPE, body: JSON.stringify({ ...key, event_action: "resolve" }) };
  const event = eventOf(notice);
  const body = {
    ...key,
    event_action: "trigger",
    client: "Heddle",
    payload: {
      summary: sentenceOf(envelope).slice(0, MAX_SUMMARY),
      source: event.endpoint ?? event.service ?? "mesh",
      severity: event.severity,
      timestamp: isoTime(notice.kind === "note" ? event.atMs : notice.sinceMs),
      ...(event.endpoint !== null && { component: event.endpoint }),
      ...(event.service !== null && { group: event.service }),
      class: event.type,
      custom_details: { ...event.cause, id: event.id, ...(event.region !== null && { region: event.region }) },
    },
  };
  return { headers: JSON_TYPE, body: JSON.stringify(body) };
}
