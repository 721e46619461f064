/** The Content-Digest of a body (RFC 9530): `sha-256=:<base64>:`. Of no body it is that of no bytes. */
import type { CredentialFault, OutgoingBody } from "./credential.ts";

/** Base64 with padding, as byte sequences of RFC 8941 have it. */
export function base64Of(bytes: ArrayBuffer): string {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Never rejects. */
export async function contentDigest(body: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<string> {
  return `sha-256=:${base64Of(await crypto.subtle.digest("SHA-256", body))}:`;
}

const NO_BYTES = new Uint8Array(0);

/** A body that has to be signed, or why it cannot be: it streams, or is larger than `maxBytes`. Never throws. */
export function signableBody(
  body: OutgoingBody,
  maxBytes: number,
  credential: string,
): Uint8Array<ArrayBuffer> | ArrayBuffer | CredentialFault {
  if (body.kind === "none") return NO_BYTES;
  if (body.kind === "buffered" && body.bytes.byteLength <= maxBytes) {
    return body.bytes as Uint8Array<ArrayBuffer> | ArrayBuffer;
  }
  return { credential, why: `a signed body may have ${maxBytes} bytes`, of: "body" };
}
