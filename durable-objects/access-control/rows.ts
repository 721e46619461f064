/** Stored rows, decoded and never cast. A row of another version is left alone and not used. */
import { AUDIT_KINDS, type AuditEvent, type AuditKind, type Via } from "./audit.ts";
import { SCOPES, type Scope, type Token } from "./token.ts";

export const ROWS_VERSION = 1;

/** A token as it is stored. */
export interface TokenRow extends Token {
  /** SHA-256 of the secret, 64 hex digits. */
  readonly secretHash: string;
}

/** The answer to a request that carried an idempotency key. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const HASH = /^[0-9a-f]{64}$/;

export function decodeToken(data: string): TokenRow | null {
  const row = parse(data);
  if (row === null) return null;
  const { id, name, scopes, services, createdAtMs, createdBy, expiresAtMs, revokedAtMs, lastUsedAtMs, secretHash } =
    row;
  if (typeof id !== "string" || typeof name !== "string" || typeof createdBy !== "string") return null;
  if (typeof secretHash !== "string" || !HASH.test(secretHash)) return null;
  if (!isListOf(scopes, isScope) || !(services === null || isListOf(services, isString))) return null;
  if (!isTime(createdAtMs) || !isTime(expiresAtMs)) return null;
  if (!(revokedAtMs === null || isTime(revokedAtMs)) || !(lastUsedAtMs === null || isTime(lastUsedAtMs))) return null;
  return {
    id,
    name,
    scopes,
    services,
    createdAtMs,
    createdBy,
    expiresAtMs,
    revokedAtMs,
    lastUsedAtMs,
    secretHash,
  };
}

export function decodeAnswer(data: string): StoredAnswer | null {
  const row = parse(data);
  if (row === null) return null;
  const { status, headers, body } = row;
  if (typeof status !== "number" || typeof body !== "string" || typeof headers !== "object" || headers === null) {
    return null;
  }
  if (!Object.values(headers).every(isString)) return null;
  return { status, headers: headers as Record<string, string>, body };
}

export function decodeAuditEvent(data: string): AuditEvent | null {
  const row = parse(data);
  if (row === null) return null;
  const { kind, actor, via, from, action, target, service, before, after, requestId } = row;
  if (
    !AUDIT_KINDS.includes(kind as AuditKind) ||
    !["token", "access", "bootstrap", "certificate"].includes(via as string)
  )
    return null;
  if (![actor, action, target, requestId].every(isString) || !(service === null || isString(service))) return null;
  const { address, country } = (from ?? {}) as Record<string, unknown>;
  if (!isString(address) || !isString(country)) return null;
  return {
    kind: kind as AuditKind,
    actor: actor as string,
    via: via as Via,
    from: { address, country },
    action: action as string,
    target: target as string,
    service,
    before: before ?? null,
    after: after ?? null,
    requestId: requestId as string,
  };
}

function parse(data: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isListOf<T>(value: unknown, is: (one: unknown) => one is T): value is T[] {
  return Array.isArray(value) && value.every(is);
}

function isScope(value: unknown): value is Scope {
  return (SCOPES as readonly unknown[]).includes(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
