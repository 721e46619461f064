/**
 * Generic JSON, signed. A receiver takes `heddle-signature: t=<seconds>,v1=<hex>`, computes HMAC-SHA256 with the shared
 * secret over `<t>.<body>` with the body's bytes as they came, compares in constant time, and refuses a `t` that is
 * more than five minutes away: then what was recorded cannot be sent again. Stripe signs its webhooks this way.
 */
import { type Envelope, eventOf, isoTime, JSON_TYPE, type Message, sentenceOf, severityOf } from "./message.ts";

/** Version of the body's shape. Fields are only ever added to one. */
export const WEBHOOK_VERSION = 1;
export const SIGNATURE_HEADER = "heddle-signature";
export const DELIVERY_HEADER = "heddle-delivery";

/** `kind`: trigger, resolve or note; `delivery`: the same in every attempt. `more`: fields besides. */
export function webhookMessage(envelope: Envelope, more: Readonly<Record<string, string>> = {}): Message {
  const { notice, deliveryId, dedupeKey, heldBack } = envelope;
  const body = {
    version: WEBHOOK_VERSION,
    delivery: deliveryId,
    kind: notice.kind,
    dedupeKey,
    ...more,
    severity: severityOf(notice),
    summary: sentenceOf(envelope),
    ...(notice.kind !== "note" && { since: isoTime(notice.sinceMs) }),
    ...(notice.kind === "resolve" && { until: isoTime(notice.untilMs) }),
    ...(notice.kind === "trigger" && notice.flaps > 0 && { flaps: notice.flaps }),
    ...(heldBack > 0 && { heldBack }),
    event: eventOf(notice),
  };
  return { headers: { ...JSON_TYPE, [DELIVERY_HEADER]: deliveryId }, body: JSON.stringify(body) };
}

/** The header's value for a body. `seconds`: since 1970. */
export async function signatureOf(body: string, secret: string, seconds: number): Promise<string> {
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode(`${seconds}.${body}`)));
  return `t=${seconds},v1=${Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
