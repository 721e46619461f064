/**
 * The monitors that want to hear of new versions, and who has heard. A monitor says what it runs each time that it
 * subscribes; one that is silent for EXPIRY_MS is gone.
 */

/** Between two subscriptions of a monitor: each is a row written. */
export const SUBSCRIBE_EVERY_MS = 600_000;
/** Two may be lost. */
export const EXPIRY_MS = 3 * SUBSCRIBE_EVERY_MS + 60_000;
/** 1,000 services with root and regions; beyond it the longest silent is forgotten. It asks by itself in the end. */
const MAX_SUBSCRIBERS = 20_000;

/** A monitor that has just subscribed, and says the same again, is not written again. */
const FRESH_MS = 60_000;

/** `toldMs`: `compiledAtMs` of what the monitor runs. */
export function subscribe(sql: SqlStorage, monitor: string, toldMs: number, nowMs: number): void {
  sql.exec(
    `INSERT INTO subscriber (monitor, heard_ms, told_ms) VALUES (?1, ?2, ?3)
     ON CONFLICT (monitor) DO UPDATE SET heard_ms = ?2, told_ms = ?3 WHERE heard_ms < ?4 OR told_ms <> ?3`,
    monitor,
    nowMs,
    toldMs,
    nowMs - FRESH_MS,
  );
}

/** Forgets those that are gone, and the longest silent beyond the bound. Reads all rows: not for every subscription. */
export function trimSubscribers(sql: SqlStorage, nowMs: number): void {
  sql.exec("DELETE FROM subscriber WHERE heard_ms < ?", nowMs - EXPIRY_MS);
  sql.exec(
    `DELETE FROM subscriber WHERE monitor IN
       (SELECT monitor FROM subscriber ORDER BY heard_ms LIMIT max(0, (SELECT count(*) FROM subscriber) - ?))`,
    MAX_SUBSCRIBERS,
  );
}

/** Names of those that are there and run something older than `compiledAtMs`, those of a service together. */
export function unheard(sql: SqlStorage, compiledAtMs: number, nowMs: number): readonly string[] {
  return sql
    .exec<{ monitor: string }>(
      "SELECT monitor FROM subscriber WHERE told_ms < ? AND heard_ms >= ? ORDER BY monitor",
      compiledAtMs,
      nowMs - EXPIRY_MS,
    )
    .toArray()
    .map(({ monitor }) => monitor);
}

/** Names of all that are there. */
export function present(sql: SqlStorage, nowMs: number): readonly string[] {
  return sql
    .exec<{ monitor: string }>("SELECT monitor FROM subscriber WHERE heard_ms >= ? ORDER BY monitor", nowMs - EXPIRY_MS)
    .toArray()
    .map(({ monitor }) => monitor);
}

export function noteHeard(sql: SqlStorage, monitors: readonly string[], compiledAtMs: number): void {
  for (const monitor of monitors)
    sql.exec("UPDATE subscriber SET told_ms = ? WHERE monitor = ?", compiledAtMs, monitor);
}
