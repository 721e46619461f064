/**
 * What survives of a monitor, as text for rows: encoded from plain data, decoded and never cast. A row whose version this
 * code does not know is refused and left where it is.
 */

import type { EndpointSet } from "../../src/core/endpoint-set.ts";
import { checkEndpointSet } from "../../src/core/endpoint-set-check.ts";
import type { CheckState, Verdict } from "../../src/core/health/active-check.ts";
import { loadEndpoint, saveEndpoint } from "../../src/core/health/coordinator.ts";
import { checkSlice, type MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import { addressOf, checkKey, type Monitor } from "../../src/core/monitor/monitor.ts";
import { checkOverride, checkOverrideSet, type Override, type OverrideSet } from "../../src/core/monitor/override.ts";
import { isRegion, type Region } from "../../src/core/region.ts";
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
  /** Regions ever heard, at the root. Absent in rows of before. */
  readonly regions?: readonly Region[];
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
  const { name, savedAtMs, lastReportMs, regions } = row;
  return {
    name,
    savedAtMs,
    lastReportMs: isTime(lastReportMs) ? lastReportMs : null,
    ...(Array.isArray(regions) && { regions: regions.filter(isRegion) }),
  };
}

/**
 * An operator's word as objects of before stored it: on one endpoint, its key. They are overrides of an object that has
 * stored none of its own since. Null for what is not understood. Never throws.
 */
export function decodeDirective(endpoint: string, text: string): Override | null {
  const row = parse(text);
  return row === null
    ? null
    : checkOverride({
        ...row,
        id: `endpoint-${endpoint}`.slice(0, 256),
        target: { endpoint },
        percent: 100,
        reason: "",
      });
}

/** A set of overrides as text; no end is null, as JSON has it. */
export function encodeOverrides(set: OverrideSet): string {
  return JSON.stringify(set);
}

/** Null for what is not understood. Never throws. */
export function decodeOverrides(text: string): OverrideSet | null {
  return checkOverrideSet(parse(text));
}

/** Endpoints with whether the mesh said then that they are discovered by this very service. */
export interface EndpointsRow {
  readonly set: EndpointSet;
  readonly isDiscovered: boolean;
}

export function encodeEndpoints(row: EndpointsRow): string {
  return JSON.stringify(row);
}

/** Null for what is not understood. Never throws. */
export function decodeEndpoints(text: string): EndpointsRow | null {
  const row = parse(text);
  const check = checkEndpointSet(row?.set);
  return check.ok ? { set: check.set, isDiscovered: row?.isDiscovered === true } : null;
}

export function encodeSlice(slice: MeshSlice): string {
  return JSON.stringify(slice);
}

/** Null for what is not understood, or of another format. Never throws. */
export function decodeSlice(text: string): MeshSlice | null {
  return checkSlice(parse(text));
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
