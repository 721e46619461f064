/** API keys of callers of the mesh, as the control plane makes them, and as they are stored: decoded and never cast. */
import { drawToken, sha256 } from "../access-control/token.ts";

export const ROWS_VERSION = 1;

/** A key without its secret. */
export interface MadeKey {
  /** 16 hex digits. */
  readonly id: string;
  /** The principal's. Several keys may have it. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** 0: it does not end. */
  readonly expiresAtMs: number;
  /** Null: in force. */
  readonly revokedAtMs: number | null;
}

/** A key as it is stored. */
export interface KeyRow extends MadeKey {
  /** SHA-256 of the whole key, 64 hex digits. */
  readonly sha256: string;
}

/** A new key: what callers send, and its parts. */
export async function drawKey(): Promise<{ readonly id: string; readonly text: string; readonly sha256: string }> {
  const { id, secret } = drawToken();
  const text = `hdk_${id}_${secret}`;
  return { id, text, sha256: await sha256(text) };
}

export function publicPart({ sha256: _, ...key }: KeyRow): MadeKey {
  return key;
}

/** Epoch from which a key is good for nothing; Infinity: it does not end by itself. */
export function endOf({ expiresAtMs, revokedAtMs }: MadeKey): number {
  return Math.min(expiresAtMs === 0 ? Number.POSITIVE_INFINITY : expiresAtMs, revokedAtMs ?? Number.POSITIVE_INFINITY);
}

/** Null for a row that this version of the code did not write. Never throws. */
export function decodeKey(data: string): KeyRow | null {
  const row = parsed(data);
  const { id, name, scopes, createdAtMs, createdBy, expiresAtMs, revokedAtMs, sha256: digest } = row;
  if (![id, name, createdBy, digest].every((one) => typeof one === "string")) return null;
  if (!/^[0-9a-f]{16}$/.test(id as string) || !/^[0-9a-f]{64}$/.test(digest as string)) return null;
  if (!isTime(createdAtMs) || !isTime(expiresAtMs) || !(revokedAtMs === null || isTime(revokedAtMs))) return null;
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === "string")) return null;
  const texts = { id: id as string, name: name as string, createdBy: createdBy as string, sha256: digest as string };
  return { ...texts, scopes, createdAtMs, expiresAtMs, revokedAtMs };
}

function parsed(data: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(data) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
