/**
 * What survives of a monitor, as text for rows: encoded from plain data, decoded and never cast. A row whose version this
 * code does not know is refused and left where it is.
 */
import type { CheckState, Verdict } from "../../src/core/health/active-check.ts";
import { loadEndpoint, saveEndpoint } from "../../src/core/health/coordinator.ts";
import { ACTIONS, type Directive } from "../../src/core/monitor/directives.ts";
import { addressOf, checkKey, type Monitor } from "../../src/core/monitor/monitor.ts";
import { checkWord, type RolloutWord } from "../../src/core/rollout/word.ts";

/** A rollout's weight from its row, or null for a text that is not understood. Never throws. */
export function decodeWord(text: string): RolloutWord | null {
  return checkWord(parse(text));
}

/** Version of all rows of a monitor. */
export const ROWS_VERSION = 1;

/** About the object as a whole. Times are epoch; null for never. */
export interface MetaRow {
  readonly name: string;
  readonly savedAtMs: number;
  readonly lastReportMs: number | null;
}

/** An endpoint's row as text. */
export function encodeEndpoint(monitor: Monitor, endpoint: number): string {
  const { service, coordinator, checks, healthyAtMs } = monitor;
  const passedMs = healthyAtMs[endpoint]!;
  return JSON.stringify({
    address: addressOf(service.endpoints[endpoint]!),
    coordinator: saveEndpoint(coordinator, endpoint),
    checks: checks[endpoint]!.map(({ verdict, against, dueMs, last }, i) => ({
      key: checkKey(service.healthChecks[i]!),
      verdict,
      against,
      dueMs,
      last,
    })),
    healthyAtMs: Number.isFinite(passedMs) ? passedMs : null,
  });
}

/**
 * Restores an endpoint from its row. An endpoint with another address, or a text that is not understood, starts anew.
 * Checks are restored one by one, as far as they are still configured as they were. Never throws.
 */
export function restoreEndpoint(monitor: Monitor, endpoint: number, text: string, nowMs: number): boolean {
  const row = parse(text);
  if (row === null || row.address !== addressOf(monitor.service.endpoints[endpoint]!)) return false;
  if (!loadEndpoint(monitor.coordinator, endpoint, row.coordinator, nowMs)) return false;
  if (isTime(row.healthyAtMs)) monitor.healthyAtMs[endpoint] = row.healthyAtMs;
  const stored = Array.isArray(row.checks) ? row.checks : [];
  for (const [i, check] of monitor.service.healthChecks.entries()) {
    const key = checkKey(check);
    const state = decodeCheck(stored.find((entry) => (entry as { key?: unknown } | null)?.key === key));
    if (state !== null) monitor.checks[endpoint]![i] = state;
  }
  return true;
}

const VERDICTS: readonly unknown[] = ["unknown", "up", "down"] satisfies readonly Verdict[];

function decodeCheck(value: unknown): CheckState | null {
  if (typeof value !== "object" || value === null) return null;
  const { verdict, against, dueMs, last } = value as Record<string, unknown>;
  if (!VERDICTS.includes(verdict) || !isTime(against) || !isTime(dueMs)) return null;
  return { verdict: verdict as Verdict, against, dueMs, last: decodeOutcome(last) };
}

function decodeOutcome(value: unknown): CheckState["last"] {
  if (typeof value !== "object" || value === null) return null;
  const { ok, detail, latencyMs, atMs } = value as Record<string, unknown>;
  if (typeof ok !== "boolean" || typeof detail !== "string" || !isTime(latencyMs) || !isTime(atMs)) return null;
  return { ok, detail, latencyMs, atMs };
}

export function encodeMeta(meta: MetaRow): string {
  return JSON.stringify(meta);
}

/** Null for what is not understood. Never throws. */
export function decodeMeta(text: string): MetaRow | null {
  const row = parse(text);
  if (row === null || typeof row.name !== "string" || !isTime(row.savedAtMs)) return null;
  return { name: row.name, savedAtMs: row.savedAtMs, lastReportMs: isTime(row.lastReportMs) ? row.lastReportMs : null };
}

/** A directive's row as text; no end is null. */
export function encodeDirective({ action, atMs, untilMs, by }: Directive): string {
  return JSON.stringify({ action, atMs, untilMs: Number.isFinite(untilMs) ? untilMs : null, by });
}

/** Null for what is not understood. Never throws. */
export function decodeDirective(text: string): Directive | null {
  const row = parse(text);
  if (row === null || !isTime(row.atMs) || typeof row.by !== "string") return null;
  const { action, untilMs } = row;
  if (action === "clear" || !(ACTIONS as readonly unknown[]).includes(action)) return null;
  if (untilMs !== null && !isTime(untilMs)) return null;
  return {
    action: action as Directive["action"],
    atMs: row.atMs,
    untilMs: untilMs ?? Number.POSITIVE_INFINITY,
    by: row.by,
  };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
