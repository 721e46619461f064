/**
 * The keys that session tokens are signed with. HEDDLE_SESSION_KEY may hold several, separated by commas: the first
 * signs, all are believed, so that a key can be replaced without ending a session.
 *
 * What is kept between requests is plain: keys and texts, no promises, which end with the request that made them.
 */
import type { ServiceRuntime } from "../service-runtime.ts";

/** A key with fewer characters is none: 32 hex digits are 128 bits, 32 of base64 are more. */
export const MIN_KEY_LENGTH = 32;

export interface SessionKey {
  readonly text: string;
  /** Imported by the first request that needs it. */
  imported: CryptoKey | null;
  /** By service of the mesh in force. */
  readonly marks: WeakMap<ServiceRuntime, EndpointMarks>;
}

/** What stands for the endpoints of one service in tokens. */
export interface EndpointMarks {
  /** By endpoint. */
  readonly of: readonly string[];
  readonly endpointOf: ReadonlyMap<string, number>;
}

/** The keys in a secret; none when it is absent or one of them is too short to be one. Never throws. */
export function keyringOf(secret: string | undefined): readonly SessionKey[] {
  const texts = (secret ?? "").split(",").map((text) => text.trim());
  if (texts.some((text) => text.length < MIN_KEY_LENGTH)) return [];
  return texts.map((text) => ({ text, imported: null, marks: new WeakMap() }));
}

/** The signature of a text, in base64url. */
export async function signatureOf(key: SessionKey, text: string): Promise<string> {
  return base64url(await sign(key, text));
}

/** Whether the signature is that of the text, in time that does not tell how much of it was right. */
export async function isSignature(key: SessionKey, text: string, signature: string): Promise<boolean> {
  const bytes = Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return crypto.subtle.verify("HMAC", await importedKey(key), bytes, encoder.encode(`token ${text}`));
}

/**
 * The marks of a service's endpoints: no one can tell the id behind a mark, nor make one, without the key. Made once for
 * each service of a mesh, with one signature an endpoint.
 */
export async function marksOf(key: SessionKey, service: ServiceRuntime): Promise<EndpointMarks> {
  const known = key.marks.get(service);
  if (known !== undefined) return known;
  const { name, endpoints } = service.state.service;
  const imported = await importedKey(key);
  const of = await Promise.all(
    endpoints.map(async ({ id }) => {
      const mac = await crypto.subtle.sign("HMAC", imported, encoder.encode(`endpoint ${name} ${id}`));
      return base64url(mac.slice(0, MARK_BYTES));
    }),
  );
  const marks = { of, endpointOf: new Map(of.map((mark, endpoint) => [mark, endpoint])) };
  key.marks.set(service, marks);
  return marks;
}

const encoder = new TextEncoder();
const MARK_BYTES = 8;
const HMAC = { name: "HMAC", hash: "SHA-256" };

async function sign(key: SessionKey, text: string): Promise<ArrayBuffer> {
  return crypto.subtle.sign("HMAC", await importedKey(key), encoder.encode(`token ${text}`));
}

async function importedKey(key: SessionKey): Promise<CryptoKey> {
  key.imported ??= await crypto.subtle.importKey("raw", encoder.encode(key.text), HMAC, false, ["sign", "verify"]);
  return key.imported;
}

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
