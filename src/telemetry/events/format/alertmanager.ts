/**
 * Alertmanager API v2, `POST /api/v2/alerts`. Alerts are told again while they hold: Alertmanager takes one for over when
 * its endsAt has passed, so a target that is cut off errs towards "over", as with Prometheus, which sends endsAt
 * four resend intervals ahead too. The labels are the identity: they are the same in trigger and resolve.
 * Source: prometheus/alertmanager, api/v2/openapi.yaml; prometheus/prometheus, rules/alerting.go.
 */
import { type Envelope, eventOf, isoTime, JSON_TYPE, type Message, sentenceOf } from "./message.ts";

/** How often a condition that holds is told again. */
export const RESEND_MS = 60_000;
/** How far ahead its end is told. */
const ENDS_AFTER_MS = 4 * RESEND_MS;
export const ALERTS_PATH = "/api/v2/alerts";

/** `token`: sent as a bearer; "" for none. */
export function alertmanagerMessage(envelope: Envelope, token: string): Message {
  const { notice, nowMs } = envelope;
  const { event } = notice;
  const startsMs = notice.kind === "note" ? event.atMs : notice.sinceMs;
  const endsMs = notice.kind === "resolve" ? Math.max(notice.untilMs, startsMs + 1) : nowMs + ENDS_AFTER_MS;
  const told = eventOf(notice);
  const alert = {
    labels: {
      alertname: `Heddle${event.type.charAt(0).toUpperCase()}${event.type.slice(1)}`,
      severity: event.severity,
      ...(event.service !== null && { service: event.service }),
      ...(event.endpoint !== null && { endpoint: event.endpoint }),
      key: event.key,
    },
    annotations: {
      summary: sentenceOf(envelope),
      ...Object.fromEntries(Object.entries(told.cause).map(([name, value]) => [name, String(value)])),
    },
    startsAt: isoTime(startsMs),
    endsAt: isoTime(endsMs),
  };
  const authorization = token === "" ? {} : { authorization: `Bearer ${token}` };
  return { headers: { ...JSON_TYPE, ...authorization }, body: JSON.stringify([alert]) };
}
