/** One attempt to deliver a notice. What went wrong is said without the URL and the secrets, which may be in error messages. */
import type { NotificationTarget, Receiver } from "../../src/core/mesh-notifications.ts";
import { type Allowance, checkEndpointUrl } from "../../src/security/endpoint-url.ts";
import { ALERTS_PATH, alertmanagerMessage } from "../../src/telemetry/events/format/alertmanager.ts";
import type { Envelope, Message } from "../../src/telemetry/events/format/message.ts";
import { pagerdutyMessage } from "../../src/telemetry/events/format/pagerduty.ts";
import { slackMessage } from "../../src/telemetry/events/format/slack.ts";
import { SIGNATURE_HEADER, signatureOf, webhookMessage } from "../../src/telemetry/events/format/webhook.ts";
import { retryAfterMs, verdictOf } from "../../src/telemetry/events/retry.ts";
import type { Target } from "../../src/telemetry/events/target.ts";

/** A receiver has so long. */
const ANSWER_MS = 10_000;
/** Names of the environment that a config may refer to. */
const SECRET_NAME = /^HEDDLE_NOTIFY_[A-Z0-9_]{1,64}$/;

/** What is sent with, and where it may go. */
export interface Outbound {
  /** The value of a name of the environment; "" for none. */
  readonly secret: (name: string) => string;
  readonly allow: readonly Allowance[];
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export interface Outcome {
  readonly verdict: "delivered" | "retry" | "refused";
  /** For people. */
  readonly detail: string;
  /** What the receiver asked for; 0 for nothing. */
  readonly retryAfterMs: number;
}

/** The secrets of an environment: those with our prefix, and text. */
export function secretsOf(env: object): (name: string) => string {
  return (name) => {
    const value = SECRET_NAME.test(name) ? (env as Readonly<Record<string, unknown>>)[name] : "";
    return typeof value === "string" ? value : "";
  };
}

/** Never rejects; takes ANSWER_MS at most. */
export async function send(target: Target, envelope: Envelope, outbound: Outbound): Promise<Outcome> {
  const { settings } = target;
  const to = urlOf(settings, outbound);
  if (!to.ok) return { verdict: "refused", detail: to.detail, retryAfterMs: 0 };
  const secret = settings.secret === "" ? "" : outbound.secret(settings.secret);
  if (settings.secret !== "" && secret === "") {
    return { verdict: "refused", detail: `the control Worker has no secret ${settings.secret}`, retryAfterMs: 0 };
  }
  const message = await messageFor(target, envelope, secret);
  const isAlerts = target.kind === "notify" && target.settings.type === "alertmanager";
  const url = isAlerts ? alertsUrl(to.url) : to.url;
  // A timer that is left behind would keep the object awake.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ANSWER_MS);
  try {
    const answer = await outbound.fetch(url, {
      method: "POST",
      headers: { ...message.headers, "user-agent": "heddle" },
      body: message.body,
      // Redirects could lead to where the URL itself must not.
      redirect: "manual",
      signal: late.signal,
    });
    await answer.body?.cancel();
    const waitMs = retryAfterMs(answer.headers.get("retry-after"), envelope.nowMs);
    return { verdict: verdictOf(answer.status), detail: `answered ${answer.status}`, retryAfterMs: waitMs };
  } catch {
    const detail = late.signal.aborted ? `gave no answer in ${ANSWER_MS / 1_000} s` : "could not be connected to";
    return { verdict: "retry", detail, retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}

async function messageFor(target: Target, envelope: Envelope, secret: string): Promise<Message> {
  switch (target.kind === "notify" ? target.settings.type : "webhook") {
    case "slack":
      return slackMessage(envelope);
    case "pagerduty":
      return pagerdutyMessage(envelope, secret);
    case "alertmanager":
      return alertmanagerMessage(envelope, secret);
    case "webhook": {
      const hook = target.kind === "heal" ? { hook: target.settings.name, on: target.settings.on } : {};
      const message = webhookMessage(envelope, hook);
      if (secret === "") return message;
      const signature = await signatureOf(message.body, secret, Math.floor(envelope.nowMs / 1_000));
      return { ...message, headers: { ...message.headers, [SIGNATURE_HEADER]: signature } };
    }
  }
}

type UrlCheck = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly detail: string };

/** The URL of a receiver, if it may be called: as endpoints', but it may have a query. */
export function urlOf(
  { url, urlFrom }: Pick<Receiver, "url" | "urlFrom">,
  outbound: Pick<Outbound, "secret" | "allow">,
): UrlCheck {
  const text = urlFrom === "" ? url : outbound.secret(urlFrom);
  if (text === "") return { ok: false, detail: `the control Worker has no secret ${urlFrom}` };
  const [base = "", ...query] = text.split("?");
  const check = checkEndpointUrl(base, { allow: outbound.allow });
  if (!check.ok)
    return { ok: false, detail: `the URL ${check.fault.message.replace(/ \(.*\)$/, "")}: ${check.fault.fix}` };
  if (/[#\s]/.test(query.join("?"))) return { ok: false, detail: "the URL has a fragment or spaces" };
  return { ok: true, url: query.length === 0 ? check.url : `${check.url}?${query.join("?")}` };
}

/** Alertmanager's own path, below what the config says. */
function alertsUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  const path = pathname.endsWith(ALERTS_PATH) ? pathname : `${pathname.replace(/\/$/, "")}${ALERTS_PATH}`;
  return `${origin}${path}${search}`;
}

/** For people: where a target is, without what may be secret in it. */
export function placeOf({
  url,
  urlFrom,
  type,
}: Pick<NotificationTarget, "url" | "urlFrom"> & { readonly type?: string }): string {
  if (urlFrom !== "") return urlFrom;
  return URL.canParse(url) ? new URL(url).host : (type ?? "");
}
