/** What callers of MeshConfig may say. They are colleagues, in other versions of this code: everything is checked. */
import type {
  ApplyRequest,
  ConfigSource,
  MeshRefusal,
  PinRequest,
  RollbackRequest,
} from "../../src/core/mesh-version.ts";
import { type MonitorName, parseMonitorName } from "../../src/core/monitor/monitor-name.ts";

const MAX_AUTHOR_LENGTH = 256;
const MAX_MESSAGE_LENGTH = 4_096;
const MAX_NAME_LENGTH = 512;
const MAX_REASON_LENGTH = 512;
/** In one call. */
const MAX_REFUSALS = 100;
/** A guard sees little in less, and is no guard but a schedule when it is longer, ms. */
export const MIN_GUARD_MS = 10_000;
export const MAX_GUARD_MS = 3_600_000;

export type Checked<T> = { readonly ok: true; readonly request: T } | { readonly ok: false; readonly detail: string };

/** All but the mesh and the size of the source, which are checked where they are handled. Never throws. */
export function checkApply(value: unknown): Checked<Omit<ApplyRequest, "mesh"> & { readonly mesh: unknown }> {
  const { mesh, source, base, guardMs } = (value ?? {}) as Partial<Record<keyof ApplyRequest, unknown>>;
  const signed = checkSigned(value);
  if (!signed.ok) return signed;
  if (!isVersion(base)) return fault("base is not the number of a version");
  if (!isSource(source)) return fault("source is not a text with the format yaml or json");
  if (guardMs !== undefined && !(typeof guardMs === "number" && guardMs >= MIN_GUARD_MS && guardMs <= MAX_GUARD_MS)) {
    return fault(`guardMs is not a number from ${MIN_GUARD_MS} to ${MAX_GUARD_MS}`);
  }
  return { ok: true, request: { ...signed.request, mesh, source, base, ...(guardMs !== undefined && { guardMs }) } };
}

export function checkRollback(value: unknown): Checked<RollbackRequest> {
  const { to, base } = (value ?? {}) as Partial<Record<keyof RollbackRequest, unknown>>;
  const signed = checkSigned(value);
  if (!signed.ok) return signed;
  if (!isVersion(to) || to === 0) return fault("to is not the number of a version");
  if (base !== undefined && !isVersion(base)) return fault("base is not the number of a version");
  return { ok: true, request: { ...signed.request, to, ...(base !== undefined && { base }) } };
}

export function checkPin(value: unknown): Checked<PinRequest> {
  const { version, pinned, author } = (value ?? {}) as Partial<Record<keyof PinRequest, unknown>>;
  if (!isVersion(version)) return fault("version is not the number of a version");
  if (typeof pinned !== "boolean") return fault("pinned is neither true nor false");
  if (!isText(author, MAX_AUTHOR_LENGTH))
    return fault(`author is not a text of at most ${MAX_AUTHOR_LENGTH} characters`);
  return { ok: true, request: { version, pinned, author } };
}

/** A subscriber's name and what it runs; null for what is none. */
export function checkSubscribe(value: unknown): {
  readonly monitor: string;
  readonly name: MonitorName;
  readonly digest: string;
  readonly compiledAtMs: number;
} | null {
  const { monitor, digest, compiledAtMs } = (value ?? {}) as Record<string, unknown>;
  if (!isText(monitor, MAX_NAME_LENGTH) || !isText(digest, MAX_NAME_LENGTH)) return null;
  if (typeof compiledAtMs !== "number" || !Number.isFinite(compiledAtMs)) return null;
  const name = parseMonitorName(monitor);
  return name === null ? null : { monitor, name, digest, compiledAtMs };
}

/** The refusals of a list that are some; reasons are cut to length. */
export function checkRefusals(value: unknown): readonly MeshRefusal[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_REFUSALS).flatMap((one: unknown) => {
    const { digest, reporter, reason } = (one ?? {}) as Record<string, unknown>;
    if (!isText(digest, MAX_NAME_LENGTH) || !isText(reporter, MAX_NAME_LENGTH) || typeof reason !== "string") return [];
    return [{ digest, reporter, reason: reason.slice(0, MAX_REASON_LENGTH) }];
  });
}

function checkSigned(value: unknown): Checked<{ readonly author: string; readonly message: string }> {
  const { author, message } = (value ?? {}) as Record<string, unknown>;
  if (!isText(author, MAX_AUTHOR_LENGTH))
    return fault(`author is not a text of at most ${MAX_AUTHOR_LENGTH} characters`);
  if (!isText(message, MAX_MESSAGE_LENGTH)) {
    return fault(`message is not a text of at most ${MAX_MESSAGE_LENGTH} characters`);
  }
  return { ok: true, request: { author, message } };
}

function isSource(value: unknown): value is ConfigSource {
  const { text, format } = (value ?? {}) as Record<string, unknown>;
  return typeof text === "string" && (format === "yaml" || format === "json");
}

/** 0 is no version, which is what a first one is based on. */
function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length <= length;
}

function fault(detail: string): { readonly ok: false; readonly detail: string } {
  return { ok: false, detail };
}
