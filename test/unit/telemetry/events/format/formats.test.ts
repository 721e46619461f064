/**
 * The bodies that receivers get, held against what their makers publish: PagerDuty's "Send an Alert Event" and Alertmanager's
 * api/v2/openapi.yaml as JSON Schemas, Slack's limits and escapes, and for our own a receiver in Node.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { alertmanagerMessage } from "../../../../../src/telemetry/events/format/alertmanager.ts";
import type { Envelope } from "../../../../../src/telemetry/events/format/message.ts";
import { pagerdutyMessage } from "../../../../../src/telemetry/events/format/pagerduty.ts";
import { slackMessage } from "../../../../../src/telemetry/events/format/slack.ts";
import { signatureOf, webhookMessage } from "../../../../../src/telemetry/events/format/webhook.ts";
import type { Notice } from "../../../../../src/telemetry/events/incident.ts";
import { ejection, recovery } from "../sample-events.ts";

const SINCE = Date.UTC(2026, 0, 2, 3, 4, 5);
const TRIGGER: Notice = { kind: "trigger", event: ejection(), sinceMs: SINCE, flaps: 0 };
const RESOLVE: Notice = {
  kind: "resolve",
  event: ejection(),
  over: recovery(),
  sinceMs: SINCE,
  untilMs: SINCE + 60_000,
};
const NOTE: Notice = {
  kind: "note",
  event: {
    ...ejection({ service: null, endpoint: null, type: "config", key: "config/3", summary: "version 3" }),
    atMs: SINCE,
  },
};
const NOTICES = [
  ["a trigger", TRIGGER],
  ["a resolve", RESOLVE],
  ["a note", NOTE],
] as const;

const envelope = (notice: Notice, more: Partial<Envelope> = {}): Envelope => ({
  notice,
  deliveryId: "notify/oncall/1-1",
  dedupeKey: "heddle/ejection/shop/aws",
  nowMs: SINCE + 70_000,
  heldBack: 0,
  ...more,
});
const ajv = new Ajv2020({
  allErrors: true,
  formats: { "date-time": (text: string) => !Number.isNaN(Date.parse(text)) },
});
const bodyOf = ({ body }: { readonly body: string }) => JSON.parse(body);

describe("PagerDuty Events API v2", () => {
  const isValid = ajv.compile({
    type: "object",
    required: ["routing_key", "event_action"],
    properties: {
      routing_key: { type: "string", minLength: 32, maxLength: 32 },
      event_action: { enum: ["trigger", "acknowledge", "resolve"] },
      dedup_key: { type: "string", maxLength: 255 },
      client: { type: "string" },
      client_url: { type: "string" },
      payload: {
        type: "object",
        required: ["summary", "source", "severity"],
        properties: {
          summary: { type: "string", minLength: 1, maxLength: 1_024 },
          source: { type: "string", minLength: 1 },
          severity: { enum: ["critical", "warning", "error", "info"] },
          timestamp: { type: "string", format: "date-time" },
          component: { type: "string" },
          group: { type: "string" },
          class: { type: "string" },
          custom_details: { type: "object" },
        },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
    if: { properties: { event_action: { const: "trigger" } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ["payload"] },
    else: { required: ["dedup_key"] },
  });
  const key = "0123456789abcdef0123456789abcdef";

  it.each(NOTICES)("takes %s", (_, notice) => {
    expect(isValid(bodyOf(pagerdutyMessage(envelope(notice), key))), ajv.errorsText(isValid.errors)).toBe(true);
  });

  it("has the same key in a trigger and its resolve", () => {
    const [trigger, resolve] = [TRIGGER, RESOLVE].map((notice) => bodyOf(pagerdutyMessage(envelope(notice), key)));
    expect([trigger.event_action, resolve.event_action]).toEqual(["trigger", "resolve"]);
    expect(trigger.dedup_key).toBe(resolve.dedup_key);
  });

  it("stays within the limits of keys and summaries", () => {
    const long = { ...TRIGGER, event: ejection({ summary: "x".repeat(5_000) }) };
    const body = bodyOf(pagerdutyMessage(envelope(long, { dedupeKey: "k".repeat(400) }), key));
    expect(isValid(body), ajv.errorsText(isValid.errors)).toBe(true);
  });
});

describe("Alertmanager API v2", () => {
  const labelSet = { type: "object", additionalProperties: { type: "string" } };
  const isValid = ajv.compile({
    type: "array",
    items: {
      type: "object",
      required: ["labels"],
      properties: {
        startsAt: { type: "string", format: "date-time" },
        endsAt: { type: "string", format: "date-time" },
        annotations: labelSet,
        labels: labelSet,
        generatorURL: { type: "string" },
      },
    },
  });
  const first = (notice: Notice) => bodyOf(alertmanagerMessage(envelope(notice), ""))[0];

  it.each(NOTICES)("takes %s", (_, notice) => {
    const body = bodyOf(alertmanagerMessage(envelope(notice), ""));
    expect(isValid(body), ajv.errorsText(isValid.errors)).toBe(true);
    // prometheus/common, model/labelset.go: names of labels and annotations.
    const names = Object.keys({ ...body[0].labels, ...body[0].annotations });
    expect(names.filter((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))).toEqual([]);
    expect(Date.parse(body[0].endsAt)).toBeGreaterThan(Date.parse(body[0].startsAt));
  });

  it("fires until four resends were missed, and ends when it was over", () => {
    expect(first(TRIGGER).endsAt).toBe(new Date(SINCE + 70_000 + 240_000).toISOString());
    expect(first(RESOLVE).endsAt).toBe(new Date(SINCE + 60_000).toISOString());
  });

  it("has the same labels in a trigger and its resolve, which are the alert's identity", () => {
    expect(first(RESOLVE).labels).toEqual(first(TRIGGER).labels);
    expect(first(RESOLVE).startsAt).toBe(first(TRIGGER).startsAt);
  });

  it("sends a token where there is one", () => {
    expect(alertmanagerMessage(envelope(TRIGGER), "t0ken").headers.authorization).toBe("Bearer t0ken");
    expect(alertmanagerMessage(envelope(TRIGGER), "").headers.authorization).toBeUndefined();
  });
});

describe("Slack's incoming webhooks", () => {
  it.each(NOTICES)("get text, and blocks within Slack's limits, for %s", (_, notice) => {
    const body = bodyOf(slackMessage(envelope(notice)));
    expect(body.text.length).toBeGreaterThan(0);
    const [{ blocks, color }] = body.attachments;
    expect(color).toMatch(/^#[0-9a-f]{6}$/);
    expect(blocks.map(({ type }: { type: string }) => type)).toEqual(["section", "context"]);
    expect(blocks[0].text.text.length).toBeLessThanOrEqual(3_000);
  });

  it("cannot be made to call a channel, or to show a link as another", () => {
    const event = ejection({ endpoint: "<!channel>", summary: "<!channel> & <https://evil.example|docs>" });
    const { body } = slackMessage(envelope({ ...TRIGGER, event }));
    expect(body).not.toContain("<!");
    expect(body).not.toContain("<http");
    expect(JSON.parse(body).text).toBe("Firing: &lt;!channel&gt; &amp; &lt;https://evil.example|docs&gt;");
  });
});

describe("our own format", () => {
  it("says what it is about, since when and until when", () => {
    expect(bodyOf(webhookMessage(envelope(RESOLVE)))).toEqual({
      version: 1,
      delivery: "notify/oncall/1-1",
      kind: "resolve",
      dedupeKey: "heddle/ejection/shop/aws",
      severity: "info",
      summary: "aws of shop takes traffic again: probes passed",
      since: "2026-01-02T03:04:05.000Z",
      until: "2026-01-02T03:05:05.000Z",
      event: recovery(),
    });
  });

  it("says how often it came and went, and how much was held back", () => {
    const body = bodyOf(webhookMessage(envelope({ ...TRIGGER, flaps: 5 }, { heldBack: 3 })));
    expect([body.flaps, body.heldBack]).toEqual([5, 3]);
    expect(body.summary).toContain("(came and went 5 times) (3 more notifications were held back)");
  });

  it("is signed so that a receiver in Node can tell", async () => {
    const { body } = webhookMessage(envelope(TRIGGER));
    const header = await signatureOf(body, "the secret", 1_767_323_045);
    expect(isSigned(header, body, "the secret", 1_767_323_100)).toBe(true);
    expect(isSigned(header, `${body} `, "the secret", 1_767_323_100)).toBe(false);
    expect(isSigned(header, body, "another secret", 1_767_323_100)).toBe(false);
    expect(isSigned(header, body, "the secret", 1_767_323_045 + 301)).toBe(false);
    expect(isSigned(header.replace("t=1", "t=2"), body, "the secret", 2_767_323_045)).toBe(false);
  });
});

/** The recipe of the README, as it stands there. */
function isSigned(header: string, body: string, secret: string, nowSeconds: number): boolean {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (t === undefined || v1 === undefined || Math.abs(nowSeconds - Number(t)) > 300) return false;
  const wanted = createHmac("sha256", secret).update(`${t}.${body}`).digest();
  return timingSafeEqual(wanted, Buffer.from(v1, "hex"));
}
