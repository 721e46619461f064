/**
 * Decodes what came as a snapshot: from an object that may be of another version, or from the data centre's cache. What cannot
 * be read is refused whole, and the one before stays in force: half of a snapshot would be health that nobody stated.
 */
import { isFullList } from "./full-list.ts";
import { MAX_REPORT_ENDPOINTS, type ProbeLease, type Snapshot } from "./protocol.ts";
import { checkWord } from "./rollout/word.ts";

/** Longest name or version accepted, in UTF-16 units. Far above any config's. */
const MAX_NAME_LENGTH = 256;
/** More are never lent to one isolate. */
const MAX_LEASES = 1_000;

/** Columns of numbers parallel to `ids`. They may be shorter: what is missing has a stated meaning. */
const COLUMNS = [
  "probability",
  "breaker",
  "openForMs",
  "health",
  "weight",
  "latencyMs",
  "latencySamples",
  "failureRatio",
  "failureSamples",
  "inFlight",
  "load",
] as const;
const AMOUNTS = ["v", "atMs", "reporters", "retryAllow", "shed", "hedgeDelayMs"] as const;

/** The snapshot itself, not a copy; null when it is none. Unknown fields are left alone. Linear in its size. Never throws. */
export function checkSnapshot(value: unknown): Snapshot | null {
  if (!isRecord(value)) return null;
  const { service, meshVersion, ids, alert, leases, meshAtMs, rollouts, sampleDecisions } = value;
  if (!isName(service) || !isName(meshVersion) || typeof alert !== "boolean") return null;
  // A clock that was set back makes an age negative.
  if (!AMOUNTS.every((name) => isAmount(value[name])) || !Number.isFinite(value.memoryAgeMs)) return null;
  if (!isFullList(ids) || ids.length > MAX_REPORT_ENDPOINTS || !ids.every(isName)) return null;
  if (!COLUMNS.every((name) => isColumn(value[name], ids.length))) return null;
  if (!isFullList(leases) || leases.length > MAX_LEASES || !leases.every(isLease)) return null;
  if (value.admitRatio !== undefined && !isColumn(value.admitRatio, ids.length)) return null;
  if (meshAtMs !== undefined && !isAmount(meshAtMs)) return null;
  if (sampleDecisions !== undefined && !isAmount(sampleDecisions)) return null;
  if (rollouts !== undefined && !isWords(rollouts)) return null;
  return value as unknown as Snapshot;
}

function isLease(value: unknown): value is ProbeLease {
  if (!isRecord(value)) return false;
  const { id, generation, scope, ttlMs } = value;
  return isName(id) && isAmount(generation) && isAmount(ttlMs) && (scope === "region" || scope === "global");
}

function isWords(value: unknown): boolean {
  return isFullList(value) && value.every((word) => checkWord(word) !== null);
}

function isColumn(value: unknown, size: number): boolean {
  return isFullList(value) && value.length <= size && value.every(Number.isFinite);
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_NAME_LENGTH;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
