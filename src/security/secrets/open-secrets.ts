/**
 * Secrets by the names that a config gives them. A Worker's secret is a text and there at once. One of the Secrets Store has
 * to be asked for: its answer is kept for FRESH_MS, and is good for STALE_MS while it is asked again behind the requests, so
 * that a store that fails takes no traffic with it. That there is none is remembered for NONE_MS: a secret that is made is
 * found soon, and a missing one costs no call for each request.
 *
 * Requests share answers and never promises: a promise that began in a request which has ended may never settle. While
 * nothing is known, each request asks for itself.
 */
import { SECRET_NAME } from "../../core/secret-name.ts";
import type { SecretsOf } from "../origin/credential.ts";

/** How long an answer of the store is used without asking again, ms. */
export const FRESH_MS = 300_000;
/** How long it is used when the store does not answer, ms: a day, to see to it. */
export const STALE_MS = 86_400_000;
/** How long "there is none" is believed, ms. */
export const NONE_MS = 10_000;
/** A store has so long to answer, ms; then there is none for now. */
export const ASK_MS = 2_000;
/** A later request asks again when the one that asked has not heard for so long, ms: it may have ended. */
const ASKING_MS = 5_000;
/** Names that are remembered. A config has few; no use of this can make it grow. */
const MAX_NAMES = 1_024;

export interface SecretsOptions {
  /** Epoch. Default: the clock. */
  readonly nowMs?: () => number;
  /** Keeps an asking behind requests alive. Default: it lives as long as the request that began it. */
  readonly waitUntil?: (promise: Promise<unknown>) => void;
}

/** What is known of a secret of the store. */
interface Kept {
  readonly text: string | null;
  readonly atMs: number;
  askedMs: number;
}

interface StoreSecret {
  get(): Promise<unknown>;
}

/**
 * - `env`: of the Worker. Only own properties with names of secrets are read; a text that is empty is none, and so is whatever
 *   a binding of another kind answers that is no text.
 *
 * The function that it gives never throws and never rejects; it takes ASK_MS at most, and none once it knows.
 */
export function openSecrets(env: object, { nowMs = Date.now, waitUntil }: SecretsOptions = {}): SecretsOf {
  const known = new Map<string, Kept>();

  const ask = async (name: string, bound: StoreSecret): Promise<string | null> => {
    const text = await within(ASK_MS, bound);
    const before = known.get(name);
    const atMs = nowMs();
    // An answer that was had is not lost to a store that fails.
    if (text === null && typeof before?.text === "string" && atMs - before.atMs < STALE_MS) return before.text;
    if (known.size >= MAX_NAMES && before === undefined) known.clear();
    known.set(name, { text, atMs, askedMs: atMs });
    return text;
  };

  return (name) => {
    if (!SECRET_NAME.test(name) || !Object.hasOwn(env, name)) return null;
    const bound = (env as Readonly<Record<string, unknown>>)[name];
    if (typeof bound === "string") return bound === "" ? null : bound;
    if (!isStoreSecret(bound)) return null;

    const kept = known.get(name);
    if (kept === undefined) return ask(name, bound);
    const now = nowMs();
    const ageMs = now - kept.atMs;
    if (kept.text === null) return ageMs < NONE_MS ? null : ask(name, bound);
    if (ageMs < FRESH_MS) return kept.text;
    if (ageMs >= STALE_MS) return ask(name, bound);
    if (now - kept.askedMs >= ASKING_MS) {
      kept.askedMs = now;
      const asking = ask(name, bound);
      waitUntil?.(asking);
    }
    return kept.text;
  };
}

function isStoreSecret(bound: unknown): bound is StoreSecret {
  // A binding is an object here and a function there, by the runtime.
  if (bound === null || (typeof bound !== "object" && typeof bound !== "function")) return false;
  return "get" in bound && typeof bound.get === "function";
}

/** Null for a store that fails, is late, or has no text. */
async function within(ms: number, bound: StoreSecret): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  try {
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), ms);
    });
    const text = await Promise.race([bound.get(), late]);
    return typeof text === "string" && text !== "" ? text : null;
  } catch {
    return null;
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

const opened = new WeakMap<object, SecretsOf>();

/** The same for all that is opened with one environment, so that they share what was asked. */
export function secretsOf(env: object): SecretsOf {
  let secrets = opened.get(env);
  if (secrets === undefined) {
    secrets = openSecrets(env);
    opened.set(env, secrets);
  }
  return secrets;
}
