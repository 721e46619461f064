/** Whether a body is the one that a Content-Digest names (RFC 9530). */
import { bytesOfBase64, parseDictionary } from "./structured-field.ts";

const HASHES = { "sha-256": "SHA-256", "sha-512": "SHA-512" } as const;

/** Every digest of a kind that is known has to be right, and one has to be known. Never rejects. */
export async function hasDigest(body: Uint8Array<ArrayBuffer>, header: string): Promise<boolean> {
  const digests = parseDictionary(header);
  if (digests === null) return false;
  let known = 0;
  for (const [name, hash] of Object.entries(HASHES)) {
    const digest = digests.get(name);
    if (digest === undefined) continue;
    const told = digest.kind === "item" && digest.bare.type === "bytes" ? bytesOfBase64(digest.bare.value) : null;
    const right = new Uint8Array(await crypto.subtle.digest(hash, body));
    // Digests are no secrets: how long this takes tells nothing that the body does not.
    if (told?.length !== right.length || !right.every((byte, at) => told[at] === byte)) return false;
    known += 1;
  }
  return known > 0;
}
