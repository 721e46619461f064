/**
 * What makes a mesh the same mesh: its content as JSON text, and the digest of that text, which is `Mesh.version`. The time
 * of compilation is no part of it. Fields keep their order through JSON and structured clones, so that whoever holds a
 * mesh can make the text again and check it.
 */
import type { Mesh } from "../core/mesh.ts";

/** The text that the digest is of. Linear in the mesh. */
export function contentText(mesh: Omit<Mesh, "version" | "compiledAtMs"> & Partial<Mesh>): string {
  const { version: _, compiledAtMs: __, ...content } = mesh;
  return JSON.stringify(content);
}

/** The JSON text of a mesh whose content is `content`. The same as `JSON.stringify` of it. */
export function meshText(content: string, digest: string, compiledAtMs: number): string {
  return `${content.slice(0, -1)},"version":${JSON.stringify(digest)},"compiledAtMs":${compiledAtMs}}`;
}

/** First 16 hex digits of the SHA-256 of `content`. */
export async function digestOf(content: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(content)));
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether the mesh is what its version says. Some 10 ms for a megabyte. */
export async function isIntact(mesh: Mesh): Promise<boolean> {
  return (await digestOf(contentText(mesh))) === mesh.version;
}
