/** Keeps the mesh in force for every isolate and object to ask for. One object, named MESH_CONFIG_NAME. */
import { DurableObject } from "cloudflare:workers";
import type { Mesh } from "../../src/core/mesh.ts";
import { checkMesh, cut, MAX_MESH_LENGTH, MESH_ROWS_VERSION } from "./mesh-rows.ts";

export const MESH_CONFIG_NAME = "mesh";

/** How far ahead of ours the clock of whoever compiled a mesh may be, ms. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

export type PutMeshReply =
  | { readonly ok: true; readonly version: string }
  | {
      readonly ok: false;
      readonly error: "invalid_mesh" | "older_mesh" | "too_large" | "newer_storage";
      readonly detail: string;
    };

export class MeshConfig extends DurableObject<unknown> {
  /** Read from storage on the first question; undefined before. */
  #mesh: Mesh | null | undefined;

  /** The mesh in force; null when none was stored, or when a later version of this code wrote it. */
  async current(): Promise<Mesh | null> {
    this.#mesh ??= this.#load();
    return this.#mesh;
  }

  /**
   * Puts a mesh in force and answers once it is durable. One compiled before the one in force is refused; the same one
   * again is not.
   */
  async put(value: unknown): Promise<PutMeshReply> {
    const check = checkMesh(value);
    if (!check.ok) return check;
    const { mesh } = check;
    if (mesh.compiledAtMs > Date.now() + MAX_CLOCK_SKEW_MS) {
      const detail = `compiledAtMs ${mesh.compiledAtMs} is in the future: it would keep every later mesh out`;
      return { ok: false, error: "invalid_mesh", detail };
    }
    const text = JSON.stringify(mesh);
    if (text.length > MAX_MESH_LENGTH) {
      return {
        ok: false,
        error: "too_large",
        detail: `${text.length} characters, at most ${MAX_MESH_LENGTH} are kept`,
      };
    }
    const stored = this.#head();
    if (stored !== null && stored.rows_version > MESH_ROWS_VERSION) {
      return { ok: false, error: "newer_storage", detail: `rows of version ${stored.rows_version} are stored` };
    }
    const current = await this.current();
    if (current !== null && mesh.compiledAtMs < current.compiledAtMs) {
      return { ok: false, error: "older_mesh", detail: `${current.version} was compiled later and stays in force` };
    }
    this.#save(mesh, text);
    this.#mesh = mesh;
    return { ok: true, version: mesh.version };
  }

  #head(): { rows_version: number; pieces: number } | null {
    const { sql } = this.ctx.storage;
    const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'mesh_head'").toArray();
    if (tables.length === 0) return null;
    return (
      sql.exec<{ rows_version: number; pieces: number }>("SELECT rows_version, pieces FROM mesh_head").toArray()[0] ??
      null
    );
  }

  #load(): Mesh | null {
    const head = this.#head();
    if (head === null || head.rows_version !== MESH_ROWS_VERSION) return null;
    const pieces = this.ctx.storage.sql.exec<{ text: string }>("SELECT text FROM mesh_piece ORDER BY piece").toArray();
    if (pieces.length !== head.pieces) return null;
    try {
      const check = checkMesh(JSON.parse(pieces.map(({ text }) => text).join("")));
      return check.ok ? check.mesh : null;
    } catch {
      return null;
    }
  }

  #save(mesh: Mesh, text: string): void {
    const { sql } = this.ctx.storage;
    const pieces = cut(text);
    this.ctx.storage.transactionSync(() => {
      sql.exec(`CREATE TABLE IF NOT EXISTS mesh_head (
        one INTEGER PRIMARY KEY CHECK (one = 1), rows_version INTEGER NOT NULL, mesh_version TEXT NOT NULL,
        compiled_at_ms INTEGER NOT NULL, pieces INTEGER NOT NULL) WITHOUT ROWID`);
      sql.exec("CREATE TABLE IF NOT EXISTS mesh_piece (piece INTEGER PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID");
      sql.exec("DELETE FROM mesh_piece WHERE piece >= ?", pieces.length);
      for (const [piece, part] of pieces.entries())
        sql.exec("INSERT OR REPLACE INTO mesh_piece VALUES (?, ?)", piece, part);
      sql.exec(
        "INSERT OR REPLACE INTO mesh_head VALUES (1, ?, ?, ?, ?)",
        MESH_ROWS_VERSION,
        mesh.version,
        mesh.compiledAtMs,
        pieces.length,
      );
    });
  }
}
