/** The Content-Digest of a body (RFC 9530): `sha-256=:<base64>:`. Of no body it is that of no bytes. */
import { hexOf } from "../authn/bytes.ts";
import type { CredentialFault, OutgoingBody } from "./credential.ts";

/** Base64 with padding, as byte sequences of RFC 8941 have it. */
export function base64Of(bytes: ArrayBuffer): string {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}

/** SHA-256 of no bytes, which is what most requests have. */
const EMPTY_BASE64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const EMPTY_HEX = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** In lower-case hex. At once for no bytes. Never rejects. */
export function sha256Hex(body: Uint8Array<ArrayBuffer> | ArrayBuffer): string | Promise<string> {
  return body.byteLength === 0 ? EMPTY_HEX : crypto.subtle.digest("SHA-256", body).then(hexOf);
}

/** Never rejects. */
export async function contentDigest(body: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<string> {
  if (body.byteLength === 0) return `sha-256=:${EMPTY_BASE64}:`;
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
