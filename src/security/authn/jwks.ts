/**
 * The keys of an issuer as an isolate knows them: fetched when the first token needs them, refreshed in the background while
 * the old ones are used, and fetched once more when a token names a key that is not known, since issuers rotate. However many
 * such tokens come, the server is asked at most once in `minRefetchMs` by an isolate; isolates of one data centre share what
 * they fetched through its cache. One fetch at a time: others wait on timers of their own, since a promise of one request must
 * not be awaited by another. A server that is down, slow or talks nonsense leaves the keys as they are, until `keepMs`.
 */
import type { JwksSource } from "../../core/mesh.ts";
import { type Allowance, checkEndpointUrl } from "../endpoint-url.ts";
import { secretsOf } from "../secrets/open-secrets.ts";
import { hexOf, sha256 } from "./bytes.ts";
import { readColoJwks, writeColoJwks } from "./colo-jwks.ts";
import { fetchJwks } from "./fetch-jwks.ts";
import type { Caller } from "./outcome.ts";
import { secretFault, secretText } from "./secret-text.ts";
import { keysOf, type SigningKey } from "./signing-keys.ts";

export interface OpenJwks {
  readonly source: JwksSource;
  keys: readonly SigningKey[];
  /** Changes with the keys: what was verified with older ones has to be verified again. */
  revision: number;
  digest: string;
  /** What was last read of the secret that the keys are from; "" none. */
  read: string;
  /** Epoch of what is known; 0 nothing is. */
  fetchedAtMs: number;
  /** Epoch before which nobody asks again. */
  notBeforeMs: number;
  failures: number;
  /** Epoch by which a fetch under way is taken for dead; 0 none. */
  fetchingUntilMs: number;
  /** Why there are no keys, or no newer ones; "" all is well. */
  problem: string;
}

export function openJwks(source: JwksSource, allow: readonly Allowance[]): OpenJwks {
  const checked = source.type === "remote" ? checkEndpointUrl(source.url, { allow }) : null;
  const keys = source.type === "inline" ? keysOf({ keys: source.keys }) : null;
  const isRefused = checked !== null && !checked.ok;
  return {
    source,
    keys: keys ?? [],
    revision: 1,
    digest: "",
    read: "",
    fetchedAtMs: 0,
    // A URL that must not be asked never is.
    notBeforeMs: isRefused ? Number.POSITIVE_INFINITY : 0,
    failures: 0,
    fetchingUntilMs: 0,
    problem: isRefused ? `the JWKS URL ${checked.fault.message}` : "",
  };
}

/** Whether the keys may be used now; starts a refresh in the background where one is due. Never waits, never throws. */
export function hasKeys(jwks: OpenJwks, caller: Caller): boolean {
  const { source, fetchedAtMs } = jwks;
  if (source.type === "secret") return hasSecretKeys(jwks, source.secret, caller.env);
  if (source.type === "inline") return jwks.keys.length > 0;
  if (fetchedAtMs === 0) return false;
  const ageMs = caller.nowMs - fetchedAtMs;
  if (ageMs > source.refreshMs && mayFetch(jwks, caller.nowMs))
    caller.waitUntil(refresh(jwks, caller, source, source.refreshMs));
  return ageMs <= source.keepMs;
}

/**
 * Gets keys where there are none, or newer ones for a token whose key is not among them. Waits as long as a fetch may take;
 * not at all when it is too early to ask again. Never rejects.
 */
export async function moreKeys(jwks: OpenJwks, caller: Caller): Promise<void> {
  const { source } = jwks;
  if (source.type === "secret") await readSecret(jwks, source.secret, caller.env);
  if (source.type !== "remote") return;
  if (mayFetch(jwks, caller.nowMs)) {
    // A first copy may be as old as keys may be without being asked for; one for an unknown key only as old as the floor.
    const fetching = refresh(jwks, caller, source, jwks.fetchedAtMs === 0 ? source.refreshMs : source.minRefetchMs);
    // It goes on when this caller leaves: others wait for it.
    caller.waitUntil(fetching);
    await fetching;
    return;
  }
  while (jwks.fetchingUntilMs > Date.now()) await pause(POLL_MS);
}

/** What an operator has to see to; "" all is well. Secrets are looked for before anybody needs them. Never throws. */
export function jwksProblem({ source, problem }: OpenJwks, env: object): string {
  return problem !== "" || source.type !== "secret" ? problem : secretFault(env, source.secret, 1);
}

/** Between two looks of a request that waits for another one's fetch, ms. */
const POLL_MS = 10;
/** After a failure, ms; twice as long after each further one, up to the usual floor. */
const FIRST_RETRY_MS = 1_000;

function mayFetch({ fetchingUntilMs, notBeforeMs }: OpenJwks, nowMs: number): boolean {
  return nowMs >= notBeforeMs && nowMs >= fetchingUntilMs;
}

type Remote = Extract<JwksSource, { type: "remote" }>;

/** `sharedMs`: how old what another isolate fetched may be, to be taken in place of a fetch. */
async function refresh(jwks: OpenJwks, { nowMs }: Caller, source: Remote, sharedMs: number): Promise<void> {
  jwks.fetchingUntilMs = nowMs + source.timeoutMs + 1_000;
  jwks.notBeforeMs = nowMs + source.minRefetchMs;
  try {
    const shared = await readColoJwks(source.url);
    const isNews = shared !== null && shared.atMs > jwks.fetchedAtMs && nowMs - shared.atMs < sharedMs;
    if (isNews && (await take(jwks, shared.text, shared.atMs))) {
      jwks.notBeforeMs = shared.atMs + source.minRefetchMs;
      return;
    }
    const fetched = await fetchJwks(source);
    if (!fetched.ok) fail(jwks, fetched.why, source, nowMs);
    else if (await take(jwks, fetched.text, nowMs))
      await writeColoJwks(source.url, { text: fetched.text, atMs: nowMs }, source);
    else fail(jwks, "the answer is no JWKS with keys that can be used", source, nowMs);
  } finally {
    jwks.fetchingUntilMs = 0;
  }
}

/** False, and nothing changed, for what is no JWKS. */
async function take(jwks: OpenJwks, text: string, atMs: number): Promise<boolean> {
  const digest = hexOf(await sha256(text));
  if (digest !== jwks.digest) {
    const keys = keysOf(parsed(text));
    if (keys === null) return false;
    jwks.keys = keys;
    jwks.digest = digest;
    jwks.revision += 1;
  }
  jwks.fetchedAtMs = Math.max(atMs, jwks.fetchedAtMs);
  jwks.failures = 0;
  jwks.problem = "";
  return true;
}

function fail(jwks: OpenJwks, why: string, { minRefetchMs }: Remote, nowMs: number): void {
  const waitMs = FIRST_RETRY_MS * 2 ** Math.min(jwks.failures, 16);
  jwks.failures += 1;
  // With keys in hand there is no hurry.
  jwks.notBeforeMs = nowMs + (jwks.fetchedAtMs > 0 ? minRefetchMs : Math.min(minRefetchMs, waitMs));
  jwks.problem = why;
}

/** Takes up a secret that was replaced, as far as that is known without waiting. */
function hasSecretKeys(jwks: OpenJwks, name: string, env: object): boolean {
  if (jwks.read === "") return false;
  const text = secretsOf(env)(name);
  if (!(text instanceof Promise)) takeSecret(jwks, name, text);
  return jwks.keys.length > 0;
}

async function readSecret(jwks: OpenJwks, name: string, env: Caller["env"]): Promise<void> {
  takeSecret(jwks, name, await secretText(env, name));
}

/** A secret that is gone takes its keys with it; a text that is no JWKS leaves those before in force, loudly. */
function takeSecret(jwks: OpenJwks, name: string, text: string | null): void {
  if (text === jwks.read) return;
  const keys = text === null ? null : keysOf(parsed(text));
  jwks.problem = keys === null ? `the secret ${name} is absent or holds no JWKS` : "";
  jwks.read = text ?? "";
  if (keys === null && text !== null) return;
  jwks.keys = keys ?? [];
  jwks.revision += 1;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
