/** Who changed what, from where, and what it was before. Plain data; the object that keeps it is beside. */

/** `person`: somebody or a pipeline changed the mesh. `instance`: an instance came or went by itself. */
export const AUDIT_KINDS = ["person", "instance"] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** How a caller proved who it is. */
export type Via = "token" | "access" | "bootstrap" | "certificate";

export interface AuditEvent {
  readonly kind: AuditKind;
  /** Name of the token with its id, an e-mail address, or "bootstrap". */
  readonly actor: string;
  readonly via: Via;
  readonly from: { readonly address: string; readonly country: string };
  /** What was done: "config.apply", "token.revoke" … */
  readonly action: string;
  /** To what: a version, a token's id, "service/instance" … */
  readonly target: string;
  /** The service that is concerned; null: more than one, or none. */
  readonly service: string | null;
  /** Without secrets. Null: there was nothing. */
  readonly before: unknown;
  readonly after: unknown;
  readonly requestId: string;
}

export interface AuditEntry extends AuditEvent {
  /** 1, 2, 3 …, in the order of time. */
  readonly id: number;
  readonly atMs: number;
}

export interface AuditQuery {
  /** Entries before this id; absent: from the latest. */
  readonly before?: number;
  readonly limit: number;
  readonly kind?: AuditKind;
  readonly actor?: string;
  /** The whole action or what is before its dot. */
  readonly action?: string;
  readonly service?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** Newest first. */
export interface AuditPage {
  readonly items: readonly AuditEntry[];
  /** Id to go on before; null: that was all. */
  readonly next: number | null;
  /** Entries of the page that could not be opened: HEDDLE_STORAGE_KEY lacks their key. Absent: none. */
  readonly sealed?: number;
}

/** Longest JSON of `before` or `after` that is kept, characters. */
const MAX_VALUE_LENGTH = 8_192;

const SECRET_KEY = /(secret|password|passwd|token|authorization|cookie|credential|(api|private)[-_]?key)s?$/i;
const MASK = "•••";

/**
 * The value as it may be kept: what is named like a secret and what is in `headers` is masked, and what is too long is cut
 * down to its size. Never throws for JSON.
 */
export function maskSecrets(value: unknown): unknown {
  const masked = mask(value, false, 0);
  const length = masked === undefined ? 0 : JSON.stringify(masked).length;
  return length <= MAX_VALUE_LENGTH ? (masked ?? null) : { omitted: `${length} characters` };
}

function mask(value: unknown, isSecret: boolean, depth: number): unknown {
  if (depth > 32) return "…";
  if (Array.isArray(value)) return value.map((one) => mask(one, isSecret, depth + 1));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, child]) => [
      key,
      mask(child, isSecret || key === "headers" || SECRET_KEY.test(key), depth + 1),
    ]);
    return Object.fromEntries(entries);
  }
  return isSecret && value !== null ? MASK : value;
}
