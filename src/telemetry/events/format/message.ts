/** What is sent to a target: a request without its URL. Formats are pure; what is secret comes as an argument. */

import type { MeshEvent, Severity } from "../event.ts";
import type { Notice } from "../incident.ts";

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Envelope {
  readonly notice: Notice;
  /** The same for every attempt to deliver the same notice. */
  readonly deliveryId: string;
  /** Of the incident: the same for its trigger and its resolve. */
  readonly dedupeKey: string;
  readonly nowMs: number;
  /** Notices that the limit of the target kept back since the last one. */
  readonly heldBack: number;
}

/** The event that a notice is about, as it is told: that of the end where there was one. */
export function eventOf(notice: Notice): MeshEvent {
  return notice.kind === "resolve" ? (notice.over ?? notice.event) : notice.event;
}

/** One sentence for people. */
export function sentenceOf({ notice, heldBack }: Pick<Envelope, "notice" | "heldBack">): string {
  const { summary } = eventOf(notice);
  const flaps = notice.kind === "trigger" && notice.flaps > 0 ? ` (came and went ${notice.flaps} times)` : "";
  const more = heldBack > 0 ? ` (${heldBack} more notifications were held back)` : "";
  return `${summary}${flaps}${more}`;
}

/** How bad a notice is: an end is as good as information. */
export function severityOf(notice: Notice): Severity {
  return notice.kind === "resolve" ? "info" : notice.event.severity;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export const JSON_TYPE = { "content-type": "application/json" } as const;
