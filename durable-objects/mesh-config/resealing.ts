/** Rows of versions that were sealed under a former key, or before there was one. All synchronous. */
import type { ConfigSource, VersionMeta } from "../../src/core/mesh-version.ts";
import { cut } from "./tables.ts";
import { sourceOf, versionOf } from "./versions.ts";

export interface SealedVersion {
  readonly meta: VersionMeta;
  /** Id of its content. */
  readonly content: number;
  readonly source: ConfigSource | null;
}

/** Versions after `after` of which something is not sealed as `mark` says, oldest first, `limit` at most. */
export function sealedDifferently(
  sql: SqlStorage,
  mark: string,
  after: number,
  limit: number,
): readonly SealedVersion[] {
  const rows = sql
    .exec<{ number: number; content: number }>(
      `SELECT number, version.content AS content FROM version LEFT JOIN content_piece AS source
         ON source.content = version.content AND source.part = 'source' AND source.piece = 0
       WHERE number > ?1 AND (
         (json_extract(data, '$.author') <> '' AND substr(json_extract(data, '$.author'), 1, ?2) <> ?3)
         OR (json_extract(data, '$.message') <> '' AND substr(json_extract(data, '$.message'), 1, ?2) <> ?3)
         OR substr(source.text, 1, ?2) <> ?3)
       ORDER BY number LIMIT ?4`,
      after,
      mark.length,
      mark,
      limit,
    )
    .toArray();
  return rows.flatMap(({ number, content }) => {
    const meta = versionOf(sql, number);
    return meta === null ? [] : [{ meta, content, source: sourceOf(sql, number) }];
  });
}

/** Nothing else of the version changes, whatever has been written to it meanwhile. */
export function replaceSaid(
  sql: SqlStorage,
  { version }: VersionMeta,
  { author, message }: Pick<VersionMeta, "author" | "message">,
): void {
  sql.exec(
    "UPDATE version SET data = json_set(data, '$.author', ?, '$.message', ?) WHERE number = ?",
    author,
    message,
    version,
  );
}

/** - `before`: as it was read; when it is no longer that, somebody else was here, and nothing is written. */
export function replaceSource(sql: SqlStorage, content: number, before: string, text: string): void {
  const pieces = cut(text);
  const now = sql
    .exec<{ text: string }>(
      "SELECT text FROM content_piece WHERE content = ? AND part = 'source' ORDER BY piece",
      content,
    )
    .toArray();
  if (now.map((piece) => piece.text).join("") !== before) return;
  sql.exec("DELETE FROM content_piece WHERE content = ? AND part = 'source'", content);
  for (const [piece, part] of pieces.entries()) {
    sql.exec("INSERT INTO content_piece (content, part, piece, text) VALUES (?, 'source', ?, ?)", content, piece, part);
  }
  sql.exec(
    "UPDATE content SET source_pieces = ?, stored = stored + ? WHERE id = ?",
    pieces.length,
    text.length - before.length,
    content,
  );
}
