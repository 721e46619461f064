import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { LOCAL_MESH_FILE, type LocalMesh, readLocalMesh } from "../context/local-mesh.ts";

/** Says below the current folder which mesh runs here, to this user only: it has a token. Throws when that cannot be written. */
export function writeLocalMesh(mesh: LocalMesh): void {
  mkdirSync(dirname(LOCAL_MESH_FILE), { recursive: true });
  writeFileSync(LOCAL_MESH_FILE, `${JSON.stringify(mesh, null, 2)}\n`, { mode: 0o600 });
  // The mode above is for a file that was not there.
  chmodSync(LOCAL_MESH_FILE, 0o600);
}

/** Removes the file if it is still ours. */
export function removeLocalMesh(pid: number): void {
  if (readLocalMesh({})?.pid === pid) rmSync(LOCAL_MESH_FILE, { force: true });
}
