/**
 * A compiled mesh as text, and whether it is the one that was asked for: its digest is computed anew and compared, so that it
 * does not matter where the text came from.
 *
 * The digest is that of the mesh without `version` and `compiledAtMs`, which the compiler writes last. Then the text that was
 * hashed is the text without its end, and nothing has to be written out again.
 */
import type { Mesh } from "../../core/mesh.ts";

/** UTF-16 units. What the config object takes is smaller. */
export const MAX_MESH_TEXT_LENGTH = 10_000_000;

const END = /,"version":"[0-9a-f]{16}","compiledAtMs":[0-9.e+]+\}\s*$/;
/** Longer than the end can be. */
const END_LENGTH = 120;

export type MeshTextCheck =
  | { readonly ok: true; readonly mesh: Mesh }
  | { readonly ok: false; readonly detail: string };

/** The mesh in a text if its digest is `digest`. Never throws. Linear in the text; hashing is the platform's. */
export async function checkMeshText(text: unknown, digest: string): Promise<MeshTextCheck> {
  const fault = (detail: string): MeshTextCheck => ({ ok: false, detail });
  if (typeof text !== "string") return fault("no text");
  if (text.length > MAX_MESH_TEXT_LENGTH) return fault(`${text.length} characters`);
  const value = parsed(text);
  if (value === null) return fault("no JSON object");
  const { version, compiledAtMs } = value;
  if (version !== digest) return fault(`version ${String(version).slice(0, 40)}`);
  if (typeof compiledAtMs !== "number" || !Number.isFinite(compiledAtMs)) return fault("no compiledAtMs");
  const found = await digestOf(contentOf(text, value));
  return found === digest ? { ok: true, mesh: value as unknown as Mesh } : fault(`digest ${found}`);
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function contentOf(text: string, mesh: Readonly<Record<string, unknown>>): string {
  const end = END.exec(text.slice(-END_LENGTH));
  if (end !== null) return `${text.slice(0, text.length - end[0].length)}}`;
  const { version: _, compiledAtMs: __, ...content } = mesh;
  return JSON.stringify(content);
}

/** As in src/config/compile.ts: the first 16 hex digits of SHA-256. */
async function digestOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
