/**
 * The lower side of an exchange: what is still to be said, when, and what was answered last. A regional object talks so to
 * the root, and a shard to its regional object; "the root" below is the one above.
 *
 * A message that was not acknowledged is sent again under its own number, so that the root counts it once; what is merged
 * meanwhile waits for the next. While no other region reports, only its presence is sent, every few seconds: the
 * region's own view is the whole truth then, and the second hop would buy nothing. A shard is never alone: what it
 * merges is all that its regional object knows of these isolates.
 */

import { addDelta, createDeltaSum, type DeltaSum, isEmptySum, takeDelta } from "../load/delta-sum.ts";
import type { ProbeLease, ProbeResult, ReportDelta } from "../protocol.ts";
import type { RootRow } from "./exchange-message.ts";
import { inwardResult, upwardResults } from "./lease-relay.ts";

/** Between two messages: usually, while the root says that something is changing, and after failures here. */
export const EXCHANGE_MS = 1_000;
export const EXCHANGE_ALERT_MS = 250;
export const EXCHANGE_URGENT_MS = 100;
/** From a shard to its regional object, which holds all of the region's verdicts: see test/simulation/fleet. */
export const SHARD_EXCHANGE_MS = 250;
/** While no other region reports. */
export const EXCHANGE_ALONE_MS = 5_000;
/** Longest wait after the root failed to answer; it doubles from EXCHANGE_MS. */
const MAX_BACKOFF_MS = 10_000;
/** What could not be said for so long is not said any more. */
const MAX_EVIDENCE_AGE_MS = 10_000;
/** A row older than this is not used: isolates distrust a snapshot of this age as well. */
export const ROW_FRESH_MS = 5_000;

/** Mutable; owned by one shard or regional object. */
export interface RootLink {
  readonly to: "region" | "root";
  readonly reporter: string;
  readonly outbox: DeltaSum;
  seq: number;
  /** Sent and not acknowledged. */
  pending: { readonly seq: number; readonly delta: ReportDelta } | null;
  sending: boolean;
  /** Something was heard or decided since the last message. */
  unsaid: boolean;
  lastSentMs: number;
  failures: number;
  failingSinceMs: number;
  lastError: string;
  row: RootRow | null;
  rowAtMs: number;
  leases: { readonly lease: ProbeLease; readonly untilMs: number }[];
}

/** A link that has said nothing. `reporter` is random, chosen once per life of the object. */
export function createRootLink(reporter: string, to: RootLink["to"] = "root"): RootLink {
  return {
    to,
    reporter,
    outbox: createDeltaSum(),
    seq: 0,
    pending: null,
    sending: false,
    unsaid: false,
    lastSentMs: Number.NEGATIVE_INFINITY,
    failures: 0,
    failingSinceMs: 0,
    lastError: "",
    row: null,
    rowAtMs: Number.NEGATIVE_INFINITY,
    leases: [],
  };
}

/** Whether the root lately said that no other region reports. Never so in a shard. */
export function isAlone(link: RootLink, nowMs: number): boolean {
  return knowsNoMore(link) && nowMs - link.rowAtMs <= 3 * EXCHANGE_ALONE_MS;
}

/** The root's row while it may be put into force; null when it is stale, or when it knows no more than we do. */
export function freshRow(link: RootLink, nowMs: number): RootRow | null {
  return !knowsNoMore(link) && nowMs - link.rowAtMs < ROW_FRESH_MS ? link.row : null;
}

function knowsNoMore({ to, row }: RootLink): boolean {
  return row !== null && to === "root" && row.regions <= 1;
}

/** Whether a shard is out of touch with its regional object: it goes by its own view and lends probes itself. */
export function isCutOff(link: RootLink, nowMs: number): boolean {
  return link.to === "region" && link.failures > 0 && freshRow(link, nowMs) === null;
}

/** Whether a shard has to hear its regional object before it can say anything: it has just started, or was idle. */
export function mustAskFirst(link: RootLink, nowMs: number): boolean {
  return link.to === "region" && link.failures === 0 && freshRow(link, nowMs) === null;
}

/** Takes in a checked delta. Answers to probes that were lent above are passed on, those to the object's own are not. */
export function sayToRoot(link: RootLink, delta: ReportDelta, nowMs: number): void {
  link.unsaid = true;
  if (isAlone(link, nowMs)) return;
  addDelta(link.outbox, delta, link.to === "region" ? upwardResults(delta.probes) : rootResults(delta.probes));
}

function rootResults(probes: readonly ProbeResult[]): ProbeResult[] {
  const inward = probes.map(inwardResult).filter(({ lender }) => lender === "root");
  return inward.map(({ result }) => result);
}

/**
 * When the next message is due, epoch; Infinity when there is nothing to say or one is on its way.
 *
 * - `normalFailureRatio`: more failures than this at any endpoint, or an answered probe, cannot wait a second.
 */
export function exchangeDueMs(link: RootLink, normalFailureRatio: number, nowMs: number): number {
  if (link.sending || !(link.unsaid || link.pending !== null)) return Number.POSITIVE_INFINITY;
  return link.lastSentMs + gapMs(link, normalFailureRatio, nowMs);
}

function gapMs(link: RootLink, normalFailureRatio: number, nowMs: number): number {
  if (link.failures > 0) return Math.min(MAX_BACKOFF_MS, EXCHANGE_MS * 2 ** Math.min(link.failures - 1, 8));
  if (isAlone(link, nowMs)) return EXCHANGE_ALONE_MS;
  if (isUrgent(link.outbox, normalFailureRatio)) return EXCHANGE_URGENT_MS;
  if (link.to === "region") return SHARD_EXCHANGE_MS;
  return link.row?.view.alert === true ? EXCHANGE_ALERT_MS : EXCHANGE_MS;
}

function isUrgent(outbox: DeltaSum, normalFailureRatio: number): boolean {
  if (outbox.probes.length > 0) return true;
  for (const { sums } of outbox.byId.values()) {
    const failed = sums.connectFailures + sums.timeouts + sums.resets + sums.responses5xx;
    if (failed > normalFailureRatio * (failed + sums.ok)) return true;
  }
  return false;
}

/**
 * What to send now: the unacknowledged message again, or everything merged since under the next number. When the root has
 * been away for long, what waited for it is dropped: it is no evidence of the present.
 */
export function startSending(link: RootLink, nowMs: number): { readonly seq: number; readonly delta: ReportDelta } {
  if (link.failures > 0 && nowMs - link.failingSinceMs > MAX_EVIDENCE_AGE_MS) {
    link.pending = null;
    takeDelta(link.outbox);
  }
  if (link.pending === null) {
    link.seq += 1;
    link.pending = { seq: link.seq, delta: takeDelta(link.outbox) };
    link.unsaid = false;
  }
  link.sending = true;
  link.lastSentMs = nowMs;
  return link.pending;
}

/** The root took the message and said this; a row that is null was not understood. */
export function onRow(link: RootLink, row: RootRow | null, nowMs: number): void {
  link.sending = false;
  link.pending = null;
  link.failures = 0;
  link.lastError = "";
  link.unsaid ||= !isEmptySum(link.outbox);
  if (row === null) return;
  link.row = row;
  link.rowAtMs = nowMs;
  link.leases = link.leases.filter(({ untilMs }) => untilMs > nowMs);
  for (const lease of row.leases) link.leases.push({ lease, untilMs: nowMs + lease.ttlMs });
}

/** The root did not answer, or refused. The message is kept. */
export function onSendFailure(link: RootLink, why: string, nowMs: number): void {
  link.sending = false;
  if (link.failures === 0) link.failingSinceMs = nowMs;
  link.failures += 1;
  link.lastError = why;
}

/** The leases of the root that one reporter gets, at most one per endpoint; each is handed on once. */
export function handOnLeases(link: RootLink, nowMs: number): ProbeLease[] {
  const given = new Map<string, ProbeLease>();
  link.leases = link.leases.filter(({ lease, untilMs }) => {
    if (untilMs <= nowMs) return false;
    if (given.has(lease.id)) return true;
    given.set(lease.id, { ...lease, ttlMs: untilMs - nowMs });
    return false;
  });
  return [...given.values()];
}
