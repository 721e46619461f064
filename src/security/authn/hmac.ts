/**
 * Requests signed with a secret that both sides have. A signature is good once, within a window of time, in one isolate: other
 * isolates do not know what this one took, since nothing on a request's way waits for a shared memory unless the provider asks for
 * that (global-nonces.ts). Where a request repeated elsewhere would do harm, the window has to be short and the request idempotent.
 */
import type { HmacKey, HmacProvider } from "../../core/mesh.ts";
import { hexOf, sha256, utf8 } from "./bytes.ts";
import { credentialIn } from "./credential-place.ts";
import { NO_NONCES, takeGlobally } from "./global-nonces.ts";
import { HMAC_SCHEME, type HmacCredential, hmacCredential, textToSign } from "./hmac-signature.ts";
import { createNonceMemory, type NonceMemory, takeNonce } from "./nonce-memory.ts";
import type { OpenProvider } from "./open.ts";
import { type Caller, type Check, type Refused, unauthenticated, unavailable } from "./outcome.ts";
import { secretFault, secretText } from "./secret-text.ts";

const PLACE = { type: "header", name: "authorization", prefix: `${HMAC_SCHEME} ` } as const;
const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;
/** A shorter secret is none, characters: 32 hex digits are 128 bits. */
export const MIN_SECRET_LENGTH = 32;

const NOBODY_REMEMBERS = "whether it was taken before cannot be told now";

export function openHmac(provider: HmacProvider): OpenProvider {
  const memory = createNonceMemory(provider.maxNonces);
  const imported = new Map<string, Imported>();
  const refused = new Set<string>();
  return {
    name: provider.name,
    problem(env) {
      const faults = provider.keys.flatMap((key) => faultOf(key, env, refused));
      const missing = provider.nonces === undefined || "NONCES" in env ? [] : [NO_NONCES];
      return [...new Set([...missing, ...faults])].join("; ");
    },
    check(caller) {
      const text = credentialIn(PLACE, caller);
      if (text === null) return null;
      const credential = hmacCredential(text);
      if (credential === null) return refuse(provider, "it is no signature");
      const key = provider.keys.find(({ id }) => id === credential.id);
      if (key === undefined) return refuse(provider, "unknown key");
      if (Math.abs(Number(credential.ts) * 1_000 - caller.nowMs) > provider.windowMs) {
        return refuse(provider, "its time is outside the window");
      }
      return verify({ provider, memory, imported, refused, key, credential, caller });
    },
  };
}

/** Of a store's secret only what the last request with it found out. */
function faultOf({ id, secret }: HmacKey, env: object, refused: ReadonlySet<string>): readonly string[] {
  const fault = secretFault(env, secret, MIN_SECRET_LENGTH);
  if (fault !== "") return [fault];
  return refused.has(id) ? [`the secret ${secret} is absent or too short`] : [];
}

/** A key, and the text that it was made of: one that was replaced is no good any more. */
interface Imported {
  readonly text: string;
  readonly key: CryptoKey;
}

interface Signed {
  readonly provider: HmacProvider;
  readonly memory: NonceMemory;
  /** By id of the key. */
  readonly imported: Map<string, Imported>;
  /** Ids of keys whose secret was no good when it was needed. */
  readonly refused: Set<string>;
  readonly key: HmacKey;
  readonly credential: HmacCredential;
  readonly caller: Caller;
}

async function verify({ provider, memory, imported, refused, key, credential, caller }: Signed): Promise<Check> {
  const beganMs = Date.now();
  const signing = await importSecret(key, imported, caller);
  if (signing === null) {
    refused.add(key.id);
    return unavailable(provider.name, `the secret ${key.secret} is absent or too short`);
  }
  refused.delete(key.id);

  let body: Uint8Array<ArrayBuffer> | null = null;
  if (provider.body === "signed" && caller.request.body !== null) {
    const read = await caller.readBody?.(provider.maxBodyBytes);
    if (read === undefined) return unavailable(provider.name, "its body must not be read here");
    if (!read.ok && read.why !== "broken") return notRead(provider, read.why);
    // A body that breaks off is as good as none: its digest will not fit.
    body = read.ok ? read.bytes : new Uint8Array(0);
  }
  const { method, url } = caller.request;
  const { host, pathname, search } = new URL(url);
  const bodyDigest = provider.body === "signed" ? hexOf(await sha256(body ?? new Uint8Array(0))) : "UNSIGNED";
  const { ts, nonce, sig } = credential;
  const text = textToSign({ method, authority: host, pathAndQuery: `${pathname}${search}`, ts, nonce, bodyDigest });
  // `verify` compares in constant time.
  if (!(await crypto.subtle.verify(ALGORITHM, signing, bytesOfHex(sig), utf8(text)))) {
    return refuse(provider, "the signature is not right");
  }
  // Only what is signed is remembered: strangers cannot fill the memory.
  const signedAtMs = Number(ts) * 1_000;
  const { windowMs } = provider;
  // A copy whose body was held back until the first one was forgotten would be taken for new.
  const nowMs = body === null ? caller.nowMs : caller.nowMs + Math.max(0, Date.now() - beganMs);
  if (nowMs - signedAtMs > windowMs) return refuse(provider, "its body was not there within the window");
  if (!takeNonce(memory, `${key.id} ${nonce}`, signedAtMs, nowMs, windowMs)) {
    return refuse(provider, "it was taken before, or is too old to tell");
  }
  if (provider.nonces !== undefined) {
    const reply = await takeGlobally(caller.env, provider, key.id, { nonce, signedAtMs, windowMs });
    if (reply === "known") return refuse(provider, "it was taken before, elsewhere");
    if (reply !== "taken" && provider.nonces.onFailure === "refuse") {
      return unavailable(provider.name, reply === "away" ? NOBODY_REMEMBERS : `the object of nonces says ${reply}`);
    }
  }
  return {
    ok: true,
    principal: { kind: "hmac", id: key.id, claims: { scopes: key.scopes } },
    provider: provider.name,
    withhold: { type: "header", name: "authorization" },
    claims: [],
    ...(body !== null && { body }),
  };
}

/** The key as it is now; null for none that is any good. */
async function importSecret(
  { id, secret }: HmacKey,
  imported: Map<string, Imported>,
  { env }: Caller,
): Promise<CryptoKey | null> {
  const text = await secretText(env, secret);
  if (text === null || text.length < MIN_SECRET_LENGTH) return null;
  const known = imported.get(id);
  if (known?.text === text) return known.key;
  const key = await crypto.subtle.importKey("raw", utf8(text), ALGORITHM, false, ["verify"]);
  imported.set(id, { text, key });
  return key;
}

function notRead({ name, maxBodyBytes }: HmacProvider, reason: "too-large" | "too-slow" | "no-room"): Refused {
  const refused = { ok: false, provider: name, retryAfterMs: 0, headers: [] } as const;
  switch (reason) {
    case "too-large":
      return { ...refused, kind: "too_large", why: `a signed body may have ${maxBodyBytes} bytes`, status: 413 };
    case "too-slow":
      return { ...refused, kind: "too_slow", why: "the signed body did not come in time", status: 408 };
    case "no-room":
      return { ...refused, kind: "no_room", why: "there is no memory for the signed body now", status: 503 };
  }
}

function refuse({ name }: HmacProvider, why: string): Refused {
  return unauthenticated(name, why, HMAC_SCHEME);
}

function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
