/**
 * What Slack's incoming webhooks take, and what understands them (Mattermost, Rocket.Chat, Discord's /slack). Source:
 * docs.slack.dev, "Sending messages using incoming webhooks", "Formatting message text".
 */
import { type Envelope, eventOf, isoTime, JSON_TYPE, type Message, sentenceOf, severityOf } from "./message.ts";

/** Of a section's text, in Slack's limits. */
const MAX_TEXT = 3_000;
const COLOURS = { info: "#2e7d32", warning: "#f9a825", critical: "#c62828" } as const;
const WORDS = { trigger: "Firing", resolve: "Resolved", note: "Event" } as const;

export function slackMessage(envelope: Envelope): Message {
  const { notice } = envelope;
  const { service, endpoint, region, type } = eventOf(notice);
  const word = WORDS[notice.kind];
  const sentence = escaped(sentenceOf(envelope)).slice(0, MAX_TEXT);
  const place = [
    ["service", service],
    ["endpoint", endpoint],
    ["region", region],
  ].flatMap(([name, value]) => (value == null ? [] : [`${name} ${escaped(value)}`]));
  const sinceMs = notice.kind === "note" ? notice.event.atMs : notice.sinceMs;
  const context = [`*${type}*`, ...place, `since ${isoTime(sinceMs)}`].join("  ·  ").slice(0, MAX_TEXT);
  const body = {
    // For notifications, and for whatever shows no blocks.
    text: `${word}: ${sentence}`.slice(0, MAX_TEXT),
    attachments: [
      {
        color: COLOURS[severityOf(notice)],
        blocks: [
          { type: "section", text: { type: "mrkdwn", text: `*${word}*: ${sentence}`.slice(0, MAX_TEXT) } },
          { type: "context", elements: [{ type: "mrkdwn", text: context }] },
        ],
      },
    ],
  };
  return { headers: JSON_TYPE, body: JSON.stringify(body) };
}

/** The three characters that Slack reads as its own: without this a name could call a channel. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
