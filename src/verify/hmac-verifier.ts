/** Verifies Heddle's own HMAC scheme: src/security/authn/README.md says what is signed. */
import { hexOf, sha256, utf8 } from "../security/authn/bytes.ts";
import { HMAC_SCHEME, hmacCredential, textToSign } from "../security/authn/hmac-signature.ts";
import { createNonceStore, type NonceStore } from "./nonce-store.ts";
import { bytesOf, fieldOf } from "./received-request.ts";
import { refused, type Verifier } from "./verdict.ts";

/** Secrets by key id. */
export type HmacKeys = Readonly<Record<string, string>>;

export interface HmacVerifierOptions {
  readonly keys: HmacKeys;
  /** Whether bodies are signed, as the mesh's credential says. Default signed. */
  readonly body?: "signed" | "ignored";
  /** How far a request's time may be from ours, before or after, ms. Default 300,000. */
  readonly windowMs?: number;
  /** Default: one of this process. Null: repetitions are taken. */
  readonly nonces?: NonceStore | null;
  /** Epoch. Default: the clock. */
  readonly nowMs?: () => number;
}

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;

export function createHmacVerifier(options: HmacVerifierOptions): Verifier {
  const { body = "signed", windowMs = 300_000, nonces = createNonceStore(), nowMs: clock = Date.now } = options;
  const keys = new Map(Object.entries(options.keys));
  return {
    async verify(request) {
      const nowMs = clock();
      const header = fieldOf(request, "authorization") ?? "";
      if (!header.startsWith(`${HMAC_SCHEME} `)) return refused("it is not signed");
      const credential = hmacCredential(header.slice(HMAC_SCHEME.length + 1));
      if (credential === null) return refused("its signature cannot be read");
      const { id, ts, nonce, sig } = credential;
      const secret = keys.get(id);
      if (secret === undefined) return refused("it is by a key that is not known");
      if (Math.abs(Number(ts) * 1_000 - nowMs) > windowMs) return refused("its time is outside the window");
      if (!URL.canParse(request.url)) return refused("its URL is none");
      const { host, pathname, search } = new URL(request.url);
      const bodyDigest = body === "signed" ? hexOf(await sha256(bytesOf(request))) : "UNSIGNED";
      const signed = { method: request.method, authority: host, pathAndQuery: `${pathname}${search}` };
      const text = textToSign({ ...signed, ts, nonce, bodyDigest });
      const key = await crypto.subtle.importKey("raw", utf8(secret), ALGORITHM, false, ["verify"]);
      const bytes = Uint8Array.from(sig.match(/../g)!, (digits) => Number.parseInt(digits, 16));
      // `verify` compares in constant time.
      if (!(await crypto.subtle.verify(ALGORITHM, key, bytes, utf8(text))))
        return refused("the signature is not right");
      if (nonces === null) return { ok: true, keyId: id };
      const isFirst = await nonces.take(`${id} ${nonce}`, Number(ts) * 1_000 + windowMs, nowMs);
      return isFirst ? { ok: true, keyId: id } : refused("it was taken before");
    },
  };
}
