/**
 * API keys: texts of high entropy, of which the config or the control plane has the SHA-256. A key that is looked up by its
 * digest, or by the part of it that is public, tells nobody who measures time anything about another key, and the digests are
 * compared in constant time all the same.
 */
import { issuedKeyId } from "../../core/issued-keys.ts";
import type { ApiKey, ApiKeyProvider, CredentialPlace } from "../../core/mesh.ts";
import { isSameText } from "../same-text.ts";
import { createBoundedCache, recall, remember } from "./bounded-cache.ts";
import { hexOf, sha256 } from "./bytes.ts";
import { checkEach } from "./check-each.ts";
import { credentialIn } from "./credential-place.ts";
import {
  createIssuedKeys,
  hasIssuedKeys,
  type IssuedKeys,
  isWaitDue,
  moreIssuedKeys,
  NO_BINDING,
} from "./issued-keys.ts";
import type { OpenProvider } from "./open.ts";
import { type Caller, type Check, unauthenticated, unavailable } from "./outcome.ts";

/** Longer ones are nobody's, characters. */
const MAX_KEY_LENGTH = 512;
/** Good keys whose digest need not be worked out again. Unknown ones are not kept: anybody can make those. */
const REMEMBERED_KEYS = 1_000;

const CHALLENGE = "";

export interface OpenApiKeys extends OpenProvider {
  /** Null: the provider believes keys of the config only. */
  readonly issued: IssuedKeys | null;
}

/** `former`: what was known of issued keys under the same name, to go on with. */
export function openApiKeys(provider: ApiKeyProvider, former: IssuedKeys | null): OpenApiKeys {
  const { name, from, keys, forward } = provider;
  const source = provider.issued;
  const issued = source === undefined ? null : (former ?? createIssuedKeys(name));
  // By the beginning of the digest, so that a lookup does not depend on how many there are.
  const byPrefix = Map.groupBy(keys, ({ sha256: digest }) => digest.slice(0, 8));
  const digests = createBoundedCache<string>(REMEMBERED_KEYS);

  const judge = (key: Omit<ApiKey, "sha256"> | undefined, place: CredentialPlace, { nowMs }: Caller): Check => {
    if (key === undefined) return unauthenticated(name, "unknown key", CHALLENGE);
    if (key.expiresAtMs > 0 && nowMs >= key.expiresAtMs) {
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
  const keyWith = (digest: string, id: string | null) => {
    const made = id === null ? undefined : issued!.byId.get(id);
    if (made !== undefined && isSameText(digest, made.sha256)) return made;
    return byPrefix.get(digest.slice(0, 8))?.find((one) => isSameText(digest, one.sha256));
  };
  const lookUp = async (text: string, id: string | null, place: CredentialPlace, caller: Caller): Promise<Check> => {
    const digest = recall(digests, text) ?? hexOf(await sha256(text));
    // Twice: what another isolate asked for comes first, and may be older than the key.
    for (let i = 0; i < 2 && id !== null && isWaitDue(issued!, source!, id, caller); i += 1)
      await moreIssuedKeys(issued!, source!, caller);
    const isKnown = id === null || hasIssuedKeys(issued!, source!, caller.nowMs);
    const key = keyWith(digest, isKnown ? id : null);
    if (key === undefined && !isKnown) return unavailable(name, issued!.problem || "the issued keys are not known yet");
    if (key !== undefined) remember(digests, text, digest);
    return judge(key, place, caller);
  };

  const checkAt = (place: CredentialPlace, caller: Caller): Check | Promise<Check> => {
    const text = credentialIn(place, caller);
    if (text === null) return null;
    if (text === "" || text.length > MAX_KEY_LENGTH) return judge(undefined, place, caller);
    const id = issued === null ? null : issuedKeyId(text);
    const digest = recall(digests, text);
    const isAtOnce =
      digest !== undefined &&
      (id === null || (!isWaitDue(issued!, source!, id, caller) && hasIssuedKeys(issued!, source!, caller.nowMs)));
    return isAtOnce ? judge(keyWith(digest, id), place, caller) : lookUp(text, id, place, caller);
  };

  return {
    name,
    issued,
    check: (caller) => checkEach(from, checkAt, caller),
    problem(env) {
      if (issued === null) return "";
      const why = "API_KEYS" in env ? issued.problem : NO_BINDING;
      return why === "" ? "" : `issued keys: ${why}`;
    },
  };
}
