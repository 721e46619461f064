/** Opens the store, whoever wrote it, and reads whole meshes from it. */
import { contentText } from "../../src/config/mesh-digest.ts";
import type { Mesh } from "../../src/core/mesh.ts";
import { checkMesh } from "./check-mesh.ts";
import { createTables, dropFormer, formerText, type StoreState, stateOf } from "./tables.ts";
import { insertVersion, meshTextOf } from "./versions.ts";

/** Makes tables where none are, and the first version of what rows of version 1 hold. A later store is left alone. */
export function openStore(storage: DurableObjectStorage): StoreState {
  const state = stateOf(storage.sql);
  if (state === "later") return state;
  storage.transactionSync(() => {
    createTables(storage.sql);
    if (state === "former") migrate(storage.sql);
  });
  return "ours";
}

function migrate(sql: SqlStorage): void {
  const text = formerText(sql);
  const mesh = text === null ? null : parseMesh(text);
  if (mesh !== null) {
    const { version: digest, compiledAtMs } = mesh;
    const meta = { digest, compiledAtMs, atMs: compiledAtMs, author: "", message: "", kind: "apply" } as const;
    insertVersion(sql, { meta, content: { mesh: contentText(mesh), source: null } });
  }
  dropFormer(sql);
}

/** The mesh of a version; null for one that is not kept, or that this version of the code cannot run. */
export function readMesh(sql: SqlStorage, version: number): Mesh | null {
  const text = meshTextOf(sql, version);
  return text === null ? null : parseMesh(text);
}

function parseMesh(text: string): Mesh | null {
  try {
    const check = checkMesh(JSON.parse(text));
    return check.ok ? check.mesh : null;
  } catch {
    return null;
  }
}
