/** Versions as rows: what each is (`version`), and what it contains (`content`, `content_piece`). All synchronous. */
import { meshText } from "../../src/config/mesh-digest.ts";
import type {
  ConfigSource,
  GuardStatus,
  PinReply,
  PinRequest,
  VersionKind,
  VersionMeta,
} from "../../src/core/mesh-version.ts";
import { createTables, cut, ROWS_VERSION } from "./tables.ts";

/** Versions kept besides the pinned ones. */
export const MAX_VERSIONS = 200;
/** UTF-16 units of all contents. Some 30 of the largest, all 200 of common ones; an object may hold 10 GB. */
export const MAX_STORED = 256_000_000;
export const MAX_PINS = 20;

/** A version about to be stored. */
export interface NewVersion {
  readonly meta: Omit<VersionMeta, "version" | "bytes" | "pinned">;
  /** Its own content, or the number of the version whose content it shares. */
  readonly content: { readonly mesh: string; readonly source: ConfigSource | null } | { readonly of: number };
}

interface VersionRow extends Record<string, SqlStorageValue> {
  readonly number: number;
  readonly digest: string;
  readonly compiled_at_ms: number;
  readonly bytes: number;
  readonly pinned: number;
  readonly data: string;
}

const COLUMNS =
  "number, digest, compiled_at_ms, content.bytes, pinned, data FROM version JOIN content ON content.id = content";

/** The version in force; null for none. */
export function headOf(sql: SqlStorage): VersionMeta | null {
  return metas(sql.exec<VersionRow>(`SELECT ${COLUMNS} ORDER BY number DESC LIMIT 1`))[0] ?? null;
}

/** Newest first. */
export function versionsBefore(sql: SqlStorage, before: number, limit: number): readonly VersionMeta[] {
  return metas(sql.exec<VersionRow>(`SELECT ${COLUMNS} WHERE number < ? ORDER BY number DESC LIMIT ?`, before, limit));
}

export function versionOf(sql: SqlStorage, number: number): VersionMeta | null {
  return metas(sql.exec<VersionRow>(`SELECT ${COLUMNS} WHERE number = ?`, number))[0] ?? null;
}

/** Oldest first. */
export function versionsWith(sql: SqlStorage, digest: string): readonly VersionMeta[] {
  return metas(sql.exec<VersionRow>(`SELECT ${COLUMNS} WHERE digest = ? ORDER BY number`, digest));
}

/** The JSON text of a version's mesh; null for one that is not kept, or not whole. */
export function meshTextOf(sql: SqlStorage, number: number): string | null {
  const row = sql
    .exec<{ content: number; digest: string; compiled_at_ms: number; mesh_pieces: number }>(
      `SELECT content, digest, compiled_at_ms, mesh_pieces FROM version JOIN content ON content.id = content WHERE number = ?`,
      number,
    )
    .toArray()[0];
  const text = row === undefined ? null : joined(sql, row.content, "mesh", row.mesh_pieces);
  return row === undefined || text === null ? null : meshText(text, row.digest, row.compiled_at_ms);
}

/** What the user wrote; null for a version that is not kept, or came without. */
export function sourceOf(sql: SqlStorage, number: number): ConfigSource | null {
  const row = sql
    .exec<{ content: number; source_format: string | null; source_pieces: number }>(
      `SELECT content, source_format, source_pieces FROM version JOIN content ON content.id = content WHERE number = ?`,
      number,
    )
    .toArray()[0];
  if (row?.source_format !== "yaml" && row?.source_format !== "json") return null;
  const text = joined(sql, row.content, "source", row.source_pieces);
  return text === null ? null : { text, format: row.source_format };
}

/** Stores a version and puts it in force. To be called in a transaction. */
export function insertVersion(sql: SqlStorage, { meta, content }: NewVersion): VersionMeta {
  createTables(sql);
  const number = (headOf(sql)?.version ?? 0) + 1;
  const id = "of" in content ? contentOf(sql, content.of) : insertContent(sql, content);
  const { digest, compiledAtMs, ...data } = meta;
  sql.exec("INSERT INTO version VALUES (?, ?, ?, ?, 0, ?)", number, id, digest, compiledAtMs, JSON.stringify(data));
  sql.exec("INSERT OR REPLACE INTO mesh_head VALUES (1, ?, ?, ?, 0)", ROWS_VERSION, digest, compiledAtMs);
  return versionOf(sql, number)!;
}

/** Changes the guard of a version, which is the one thing about it that changes beside its pin. */
export function writeGuard(
  sql: SqlStorage,
  { version, digest: _, compiledAtMs: __, ...rest }: VersionMeta,
  guard: GuardStatus,
) {
  const { bytes: ___, pinned: ____, ...data } = rest;
  sql.exec("UPDATE version SET data = ? WHERE number = ?", JSON.stringify({ ...data, guard }), version);
}

/** Pins a version, or lets it go. */
export function pinVersion(sql: SqlStorage, { version, pinned }: PinRequest): PinReply {
  const known = versionOf(sql, version);
  if (known === null) return { ok: false, error: "unknown_version", detail: `version ${version} is not kept` };
  const { pins } = sql.exec<{ pins: number }>("SELECT count(*) AS pins FROM version WHERE pinned = 1").one();
  if (pinned && !known.pinned && pins >= MAX_PINS) {
    return { ok: false, error: "too_many_pins", detail: `${MAX_PINS} versions are pinned; unpin one first` };
  }
  sql.exec("UPDATE version SET pinned = ? WHERE number = ?", pinned ? 1 : 0, version);
  return { ok: true, version: { ...known, pinned } };
}

/**
 * Forgets the oldest versions beyond the bounds, and contents that no version has. What is pinned stays, and so do the
 * versions in `kept`. Returns the digests that are gone. To be called in a transaction.
 */
export function trim(sql: SqlStorage, kept: readonly number[]): readonly string[] {
  const rows = sql
    .exec<{ number: number; content: number; digest: string; pinned: number; stored: number }>(
      `SELECT number, content, digest, pinned, content.stored FROM version JOIN content ON content.id = content
       ORDER BY number DESC`,
    )
    .toArray();
  const isFixed = ({ number, pinned }: (typeof rows)[number]) => pinned === 1 || kept.includes(number);
  const contents = new Set<number>();
  const digests = new Set<string>();
  let [free, stored] = [0, 0];
  const take = (row: (typeof rows)[number]) => {
    if (!contents.has(row.content)) stored += row.stored;
    contents.add(row.content);
    digests.add(row.digest);
  };
  for (const row of rows) if (isFixed(row)) take(row);
  const gone: typeof rows = [];
  for (const row of rows) {
    if (isFixed(row)) continue;
    const fits = contents.has(row.content) || stored + row.stored <= MAX_STORED;
    // Once one has to go, so do all that are older: a history has no holes but around pins.
    if (gone.length > 0 || free >= MAX_VERSIONS || !fits) {
      gone.push(row);
    } else {
      free += 1;
      take(row);
    }
  }
  for (const { number } of gone) sql.exec("DELETE FROM version WHERE number = ?", number);
  for (const content of new Set(gone.map((row) => row.content))) {
    if (contents.has(content)) continue;
    sql.exec("DELETE FROM content_piece WHERE content = ?", content);
    sql.exec("DELETE FROM content WHERE id = ?", content);
  }
  return [...new Set(gone.map(({ digest }) => digest))].filter((digest) => !digests.has(digest));
}

function contentOf(sql: SqlStorage, number: number): number {
  return sql.exec<{ content: number }>("SELECT content FROM version WHERE number = ?", number).one().content;
}

function insertContent(sql: SqlStorage, { mesh, source }: { mesh: string; source: ConfigSource | null }): number {
  const [meshPieces, sourcePieces] = [cut(mesh), source === null ? [] : cut(source.text)];
  const { id } = sql
    .exec<{ id: number }>(
      `INSERT INTO content (bytes, stored, source_format, mesh_pieces, source_pieces) VALUES (?, ?, ?, ?, ?) RETURNING id`,
      utf8Length(mesh),
      mesh.length + (source?.text.length ?? 0),
      source?.format ?? null,
      meshPieces.length,
      sourcePieces.length,
    )
    .one();
  for (const [part, pieces] of [
    ["mesh", meshPieces],
    ["source", sourcePieces],
  ] as const) {
    for (const [piece, text] of pieces.entries()) {
      sql.exec("INSERT INTO content_piece (content, part, piece, text) VALUES (?, ?, ?, ?)", id, part, piece, text);
    }
  }
  return id;
}

function joined(sql: SqlStorage, content: number, part: "mesh" | "source", pieces: number): string | null {
  const texts = sql
    .exec<{ text: string }>(
      "SELECT text FROM content_piece WHERE content = ? AND part = ? ORDER BY piece",
      content,
      part,
    )
    .toArray();
  return texts.length === pieces ? texts.map(({ text }) => text).join("") : null;
}

function metas(rows: Iterable<VersionRow>): VersionMeta[] {
  return [...rows].flatMap((row) => metaOf(row) ?? []);
}

const KINDS: readonly unknown[] = ["apply", "rollback", "guard-rollback"] satisfies readonly VersionKind[];
const GUARD_STATES: readonly unknown[] = [
  "watching",
  "passed",
  "rolled-back",
  "ended",
] satisfies readonly GuardStatus["state"][];

/** Null for a row that cannot be understood. */
function metaOf(row: VersionRow): VersionMeta | null {
  let data: unknown;
  try {
    data = JSON.parse(row.data);
  } catch {
    return null;
  }
  const { atMs, author, message, kind, of, guard } = (data ?? {}) as Partial<Record<keyof VersionMeta, unknown>>;
  if (!isNumber(atMs) || typeof author !== "string" || typeof message !== "string" || !KINDS.includes(kind))
    return null;
  return {
    version: row.number,
    digest: row.digest,
    compiledAtMs: row.compiled_at_ms,
    atMs,
    author,
    message,
    kind: kind as VersionKind,
    ...(isNumber(of) && { of }),
    bytes: row.bytes,
    pinned: row.pinned === 1,
    ...(isGuard(guard) && { guard }),
  };
}

function isGuard(value: unknown): value is GuardStatus {
  const { state, untilMs, fallback, reason } = (value ?? {}) as Partial<Record<keyof GuardStatus, unknown>>;
  return GUARD_STATES.includes(state) && isNumber(untilMs) && isNumber(fallback) && typeof reason === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Bytes of a text in UTF-8, without making them. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A pair of surrogates is four bytes for two units.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
