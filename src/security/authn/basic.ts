/**
 * User names and passwords, of which the config has PBKDF2 hashes: what WebCrypto has of the functions that are slow on purpose.
 * A check costs milliseconds of CPU, so what was right is remembered by its digest, wrong guesses are bounded in number, and a
 * user who does not exist costs as much time as one who does.
 */
import type { BasicProvider, BasicUser } from "../../core/mesh.ts";
import { isSameText } from "../same-text.ts";
import { createBoundedCache, recall, remember } from "./bounded-cache.ts";
import { bytesOfBase64url, hexOf, sha256, utf8 } from "./bytes.ts";
import { credentialIn } from "./credential-place.ts";
import type { OpenProvider } from "./open.ts";
import { type Check, type Refused, unauthenticated } from "./outcome.ts";

const PLACE = { type: "header", name: "authorization", prefix: "Basic " } as const;
/** Passwords that are derived in a second by an isolate, right or wrong; 100 000 iterations take about 20 ms each. */
const DERIVATIONS_PER_SECOND = 10;
const REMEMBERED = 200;
/** User and password together, characters. */
const MAX_LENGTH = 1_024;

export function openBasic(provider: BasicProvider): OpenProvider {
  const { name, users, realm, forward } = provider;
  const challenge = basicChallenge(realm);
  const known = createBoundedCache<string>(REMEMBERED);
  const budget = { secondMs: 0, left: 0 };
  // Derived for users that do not exist.
  const nobody: BasicUser = { name: "", iterations: 0, salt: "AAAAAAAAAAAAAAAAAAAAAA", hash: "", ...users[0] };

  const passed = (user: string): Check => ({
    ok: true,
    principal: { kind: "basic", id: user, claims: {} },
    provider: name,
    withhold: forward ? null : { type: "header", name: "authorization" },
    claims: [],
  });

  const verify = async (user: string, password: string, nowMs: number): Promise<Check> => {
    const digest = hexOf(await sha256(`${user}:${password}`));
    const remembered = recall(known, digest);
    if (remembered !== undefined) return passed(remembered);
    if (nowMs - budget.secondMs >= 1_000) {
      budget.secondMs = nowMs;
      budget.left = DERIVATIONS_PER_SECOND;
    }
    if (budget.left <= 0) return busy(name);
    budget.left -= 1;
    const asked = users.find((one) => one.name === user);
    const hash = await derive(asked ?? nobody, password);
    if (asked === undefined || !isSameText(hash, hexOf(bytesOfBase64url(asked.hash) ?? new Uint8Array(0)))) {
      return unauthenticated(name, "wrong user or password", challenge);
    }
    remember(known, digest, user);
    return passed(user);
  };

  return {
    name,
    check(caller) {
      const text = credentialIn(PLACE, caller);
      if (text === null) return null;
      const pair = text.length > MAX_LENGTH ? null : userAndPassword(text);
      if (pair === null) return unauthenticated(name, "it is no user and password", challenge);
      return verify(pair[0], pair[1], caller.nowMs);
    },
  };
}

export function basicChallenge(realm: string): string {
  return `Basic realm="${realm}", charset="UTF-8"`;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** RFC 7617: base64 of UTF-8, the user up to the first colon. */
function userAndPassword(text: string): readonly [user: string, password: string] | null {
  try {
    const decoded = decoder.decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
    const colon = decoded.indexOf(":");
    return colon < 0 ? null : [decoded.slice(0, colon), decoded.slice(colon + 1)];
  } catch {
    return null;
  }
}

/** Lower-case hex of 32 bytes. */
async function derive({ iterations, salt }: BasicUser, password: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", utf8(password), "PBKDF2", false, ["deriveBits"]);
  const saltBytes = bytesOfBase64url(salt) ?? new Uint8Array(16);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt: saltBytes, iterations: Math.max(1, iterations) };
  return hexOf(await crypto.subtle.deriveBits(parameters, key, 256));
}

function busy(name: string): Refused {
  const why = `more than ${DERIVATIONS_PER_SECOND} passwords a second`;
  return { ok: false, kind: "busy", provider: name, why, status: 429, retryAfterMs: 1_000, headers: [] };
}
