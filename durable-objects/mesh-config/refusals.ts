/** Which meshes isolates could not run, and why. Bounded: what is counted beyond it would say nothing new. */
import type { MeshRefusal, RefusedVersion } from "../../src/core/mesh-version.ts";
import { versionsWith } from "./versions.ts";

/** Isolates counted for one mesh. */
const MAX_REPORTERS = 1_000;
const MAX_REASONS = 20;

/** Counts each isolate once for each mesh of the history. Returns how many were new. To be called in a transaction. */
export function insertRefusals(sql: SqlStorage, refusals: readonly MeshRefusal[], nowMs: number): number {
  let added = 0;
  for (const { digest, reporter, reason } of refusals) {
    if (versionsWith(sql, digest).length === 0) continue;
    const { known } = sql
      .exec<{ known: number }>("SELECT count(*) AS known FROM refusal WHERE digest = ?", digest)
      .one();
    if (known >= MAX_REPORTERS) continue;
    const cursor = sql.exec("INSERT OR IGNORE INTO refusal VALUES (?, ?, ?, ?)", digest, reporter, reason, nowMs);
    if (cursor.rowsWritten > 0) added += 1;
  }
  return added;
}

/** Latest first. */
export function refusalsIn(sql: SqlStorage): readonly RefusedVersion[] {
  const rows = sql
    .exec<{ digest: string; reason: string; isolates: number; last: number }>(
      `SELECT digest, reason, count(*) AS isolates, max(at_ms) AS last FROM refusal GROUP BY digest, reason
       ORDER BY isolates DESC`,
    )
    .toArray();
  const byDigest = new Map<string, typeof rows>();
  for (const row of rows) byDigest.set(row.digest, [...(byDigest.get(row.digest) ?? []), row]);
  return [...byDigest]
    .map(([digest, all]) => ({
      digest,
      versions: versionsWith(sql, digest).map(({ version }) => version),
      isolates: all.reduce((sum, { isolates }) => sum + isolates, 0),
      reasons: all.slice(0, MAX_REASONS).map(({ reason, isolates }) => ({ reason, isolates })),
      lastAtMs: Math.max(...all.map(({ last }) => last)),
    }))
    .sort((a, b) => b.lastAtMs - a.lastAtMs);
}

/** Forgets what was said of meshes that are no longer kept. */
export function forgetRefusals(sql: SqlStorage, digests: readonly string[]): void {
  for (const digest of digests) sql.exec("DELETE FROM refusal WHERE digest = ?", digest);
}
