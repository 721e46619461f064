/**
 * API keys: texts of high entropy, of which the config has the SHA-256. A key that is looked up by its digest tells nobody who
 * measures time anything about another key, and the digests are compared in constant time all the same.
 */
import type { ApiKey, ApiKeyProvider } from "../../core/mesh.ts";
import { createBoundedCache, recall, remember } from "./bounded-cache.ts";
import { hexOf, isSameText, sha256 } from "./bytes.ts";
import { credentialIn } from "./credential-place.ts";
import type { OpenProvider } from "./open.ts";
import { type Caller, type Check, unauthenticated } from "./outcome.ts";

/** Longer ones are nobody's, characters. */
const MAX_KEY_LENGTH = 512;
/** Good keys whose digest need not be worked out again. Unknown ones are not kept: anybody can make those. */
const CACHED_KEYS = 1_000;

const CHALLENGE = "";

export function openApiKeys(provider: ApiKeyProvider): OpenProvider {
  const { name, from, keys, forward } = provider;
  // By the beginning of the digest, so that a lookup does not depend on how many there are.
  const byPrefix = Map.groupBy(keys, ({ sha256: digest }) => digest.slice(0, 8));
  const known = createBoundedCache<ApiKey>(CACHED_KEYS);

  const judge = (key: ApiKey | undefined, place: ApiKeyProvider["from"][number], caller: Caller): Check => {
    if (key === undefined) return unauthenticated(name, "unknown key", CHALLENGE);
    if (key.expiresAtMs > 0 && caller.nowMs >= key.expiresAtMs) {
      return unauthenticated(name, `key ${key.name} has expired`, CHALLENGE);
    }
    return {
      ok: true,
      principal: { kind: "api-key", id: key.name, claims: { scopes: key.scopes } },
      provider: name,
      withhold: forward ? null : { type: place.type, name: place.name },
      claims: [],
    };
  };

  const lookUp = async (text: string, place: ApiKeyProvider["from"][number], caller: Caller): Promise<Check> => {
    const digest = hexOf(await sha256(text));
    const key = byPrefix.get(digest.slice(0, 8))?.find((one) => isSameText(digest, one.sha256));
    if (key !== undefined) remember(known, text, key);
    return judge(key, place, caller);
  };

  return {
    name,
    check(caller) {
      for (const place of from) {
        const text = credentialIn(place, caller);
        if (text === null) continue;
        if (text === "" || text.length > MAX_KEY_LENGTH) return judge(undefined, place, caller);
        const key = recall(known, text);
        return key === undefined ? lookUp(text, place, caller) : judge(key, place, caller);
      }
      return null;
    },
  };
}
