/** What callers of MeshConfig may say. They are colleagues, in other versions of this code: everything is checked. */

import { contentText, digestOf } from "../../src/config/mesh-digest.ts";
import type { Mesh } from "../../src/core/mesh.ts";
import type {
  ApplyRequest,
  ConfigSource,
  MeshRefusal,
  PinRequest,
  RollbackRequest,
} from "../../src/core/mesh-version.ts";
import { type MonitorName, parseMonitorName } from "../../src/core/monitor/monitor-name.ts";
import { checkMesh, MAX_MESH_LENGTH } from "./check-mesh.ts";

/** Largest source taken, UTF-16 units: with the mesh well within what an RPC carries, 32 MiB. */
const MAX_SOURCE_LENGTH = 4_000_000;
/** How far ahead of ours the clock of whoever compiled a mesh may be, ms. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;
/** Versions told of at once. */
const MAX_PAGE = 100;
const MAX_AUTHOR_LENGTH = 256;
const MAX_MESSAGE_LENGTH = 4_096;
const MAX_NAME_LENGTH = 512;
const MAX_REASON_LENGTH = 512;
/** In one call. */
const MAX_REFUSALS = 100;
/** A guard sees little in less, and is no guard but a schedule when it is longer, ms. */
export const MIN_GUARD_MS = 10_000;
export const MAX_GUARD_MS = 3_600_000;

export type Checked<T, E = "invalid_request"> =
  | { readonly ok: true; readonly request: T }
  | { readonly ok: false; readonly error: E; readonly detail: string };

/** What `put` answers. */
export type PutMeshReply =
  | { readonly ok: true; readonly version: string }
  | {
      readonly ok: false;
      readonly error: "invalid_mesh" | "older_mesh" | "too_large" | "newer_storage";
      readonly detail: string;
    };

/** A compiled mesh that may be kept. */
interface Content {
  readonly digest: string;
  /** What the digest is of. */
  readonly content: string;
}

type Applied = Omit<ApplyRequest, "mesh"> & Content;
type ContentError = "invalid_mesh" | "too_large";

/** What is to be applied, with the digest of its mesh computed anew. Never rejects. */
export async function checkApply(value: unknown): Promise<Checked<Applied, "invalid_request" | ContentError>> {
  const { mesh, source, base, guardMs } = (value ?? {}) as Partial<Record<keyof ApplyRequest, unknown>>;
  const signed = checkSigned(value);
  if (!signed.ok) return signed;
  if (!isVersion(base)) return fault("base is not the number of a version");
  if (!isSource(source)) return fault("source is not a text with the format yaml or json");
  if (guardMs !== undefined && !(typeof guardMs === "number" && guardMs >= MIN_GUARD_MS && guardMs <= MAX_GUARD_MS)) {
    return fault(`guardMs is not a number from ${MIN_GUARD_MS} to ${MAX_GUARD_MS}`);
  }
  if (source.text.length > MAX_SOURCE_LENGTH) return tooLarge("source", source.text.length, MAX_SOURCE_LENGTH);
  const checked = checkContent(mesh);
  if (!checked.ok) return checked;
  const { content, version } = checked.request;
  const digest = await digestOf(content);
  if (digest !== version) {
    return { ok: false, error: "invalid_mesh", detail: `the digest is ${digest}, and the mesh says ${version}` };
  }
  const said = { ...signed.request, source, base, digest, content };
  return { ok: true, request: guardMs === undefined ? said : { ...said, guardMs } };
}

/** A mesh that is put in force as it is. Its digest is taken at its word: what it was compiled from is not known either. */
export function checkPut(
  value: unknown,
  nowMs: number,
): Checked<Content & { readonly compiledAtMs: number }, ContentError> {
  const checked = checkContent(value);
  if (!checked.ok) return checked;
  const { version: digest, compiledAtMs, content } = checked.request;
  if (compiledAtMs > nowMs + MAX_CLOCK_SKEW_MS) {
    const detail = `compiledAtMs ${compiledAtMs} is in the future: it would keep every later mesh out`;
    return { ok: false, error: "invalid_mesh", detail };
  }
  return { ok: true, request: { digest, compiledAtMs, content } };
}

function checkContent(
  value: unknown,
): Checked<{ readonly version: string; readonly compiledAtMs: number; readonly content: string }, ContentError> {
  const check = checkMesh(value);
  if (!check.ok) return check;
  const { version, compiledAtMs } = check.mesh;
  const content = jsonOf(check.mesh);
  if (content === null) return { ok: false, error: "invalid_mesh", detail: "it holds what is no JSON" };
  if (content.length > MAX_MESH_LENGTH) return tooLarge("mesh", content.length, MAX_MESH_LENGTH);
  return { ok: true, request: { version, compiledAtMs, content } };
}

/** A mesh may come by a call, which carries more than JSON does. */
function jsonOf(mesh: Mesh): string | null {
  try {
    return contentText(mesh);
  } catch {
    return null;
  }
}

function tooLarge(what: string, length: number, most: number) {
  return {
    ok: false,
    error: "too_large",
    detail: `the ${what} has ${length} characters, at most ${most} are kept`,
  } as const;
}

/** Which part of the history is asked for; all of it that fits when nothing sensible is said. */
export function checkPage(value: unknown): { readonly before: number; readonly limit: number } {
  const { before, limit } = (value ?? {}) as Record<string, unknown>;
  return {
    before: isVersion(before) ? before : Number.MAX_SAFE_INTEGER,
    limit: isVersion(limit) && limit > 0 ? Math.min(limit, MAX_PAGE) : MAX_PAGE,
  };
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

function fault(detail: string): { readonly ok: false; readonly error: "invalid_request"; readonly detail: string } {
  return { ok: false, error: "invalid_request", detail };
}
