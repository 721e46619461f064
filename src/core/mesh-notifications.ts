/** Who is told of what happens, and what is called when an endpoint is out. Part of the compiled mesh. */

/** Types of events, in the words of all who tell and read them. */
export const EVENT_TYPES = [
  "ejection",
  "breaker",
  "failover",
  "recovery",
  "check",
  "told",
  "drain",
  "config",
  "rollout",
  "discovery",
  "degrading",
  "forecast",
  "slo",
  "healing",
  "notification",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** From the least to the worst. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export type NotificationType = "webhook" | "slack" | "pagerduty" | "alertmanager";

/** Where something is sent. Secrets are names of the control Worker's environment, never values. */
export interface Receiver {
  /** "" where `urlFrom` has it. */
  readonly url: string;
  /** Name of the secret that is the URL; "" for none. */
  readonly urlFrom: string;
  /** Name of the secret: the key of signatures, PagerDuty's routing key, Alertmanager's bearer token; "" for none. */
  readonly secret: string;
}

export interface NotificationTarget extends Receiver {
  readonly name: string;
  readonly type: NotificationType;
  /** Types of events; empty: all. */
  readonly events: readonly EventType[];
  readonly severity: Severity;
  /** Empty: all, and what is about none. */
  readonly services: readonly string[];
  /** A condition has to hold for so long before anybody is told. */
  readonly holdMs: number;
  /** It has to be over for so long before that is told. */
  readonly clearMs: number;
  /** So many beginnings within the window are flapping; 0 off. */
  readonly flaps: number;
  readonly flapWindowMs: number;
  readonly maxPerMinute: number;
}

/** PagerDuty Events API v2, where a target names no other. Source: developer.pagerduty.com. */
export const PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue";

/** What a hook waits for. */
export type HealingCause = "ejected" | "unhealthy" | "down";

export interface HealingHook extends Receiver {
  readonly name: string;
  readonly on: HealingCause;
  /** It has to be so for so long. */
  readonly afterMs: number;
  /** Between two calls for the same endpoint. */
  readonly cooldownMs: number;
  /** Of the hook, all endpoints together. */
  readonly maxPerHour: number;
  /** Nothing is called; the log says what would have been. */
  readonly dryRun: boolean;
}

/** The hooks of one service. */
export interface ServiceHealing {
  readonly service: string;
  readonly hooks: readonly HealingHook[];
}
