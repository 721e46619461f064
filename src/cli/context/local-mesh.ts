import { readFileSync } from "node:fs";
import { userPath } from "../terminal.ts";
import { isLoopback } from "./address.ts";

/** The mesh that `heddle dev` or `heddle demo` runs in this folder. */
export interface LocalMesh {
  readonly pid: number;
  readonly control: string;
  readonly edge: string;
  readonly token: string;
}

export const LOCAL_MESH_FILE = ".heddle/local.json";

/**
 * What a running mesh wrote about itself, or null. Never throws.
 *
 * A file whose process is gone says nothing, and neither does one that names anything but this machine: files come with
 * folders from elsewhere.
 */
export function readLocalMesh(env: NodeJS.ProcessEnv): LocalMesh | null {
  try {
    const value = JSON.parse(readFileSync(userPath(LOCAL_MESH_FILE, env), "utf8")) as Partial<LocalMesh>;
    const { pid, control, edge, token } = value;
    if (typeof control !== "string" || typeof edge !== "string" || typeof token !== "string") return null;
    if (!Number.isInteger(pid) || pid! <= 0) return null;
    if (![control, edge].every((url) => isLoopback(new URL(url)))) return null;
    process.kill(pid!, 0);
    return { pid: pid!, control: control.replace(/\/+$/, ""), edge: edge.replace(/\/+$/, ""), token };
  } catch {
    return null;
  }
}
