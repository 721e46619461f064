/**
 * The issued keys of a provider as an isolate knows them. Asked for when the first caller brings one, refreshed behind requests,
 * and once more when a caller brings one that is not known, since it may have been made a moment ago. What is older than twice
 * `refreshMs` is waited for: that is how late a revocation may be. One question at a time, never more often than the floor; others
 * wait on timers of their own, since a promise of one request must not be awaited by another.
 *
 * An object that is away leaves the keys as they are, until `keepMs`, and nobody waits for it a second time: as long as it has not
 * answered again, it is asked behind requests only. Ages count from when it was asked, by whichever isolate of the data centre.
 */
import { checkKeySet, type IssuedKey, type IssuedKeysCalls, type IssuedKeysReply } from "../../core/issued-keys.ts";
import type { IssuedKeysSource } from "../../core/mesh.ts";
import { readColoHead, readColoSet, writeColoHead, writeColoSet } from "./colo-issued-keys.ts";
import type { Caller } from "./outcome.ts";

export interface IssuedKeys {
  /** The object's name. */
  readonly provider: string;
  byId: ReadonlyMap<string, IssuedKey>;
  /** -1: none was heard of. */
  revision: number;
  /** Epoch of what is known; 0 nothing is. */
  askedAtMs: number;
  /** Epoch before which nobody asks again. */
  notBeforeMs: number;
  /** Epoch by which a question under way is taken for dead; 0 none. */
  askingUntilMs: number;
  /** In a row. */
  failures: number;
  /** Why there are no keys, or no newer ones; "" all is well. */
  problem: string;
}

/** Namespace of Durable Objects, as far as it is used. */
interface Namespace {
  getByName(name: string): IssuedKeysCalls;
  idFromName?(name: string): { toString(): string };
}

/**
 * Between two questions of an isolate, ms, however many keys are brought that nobody knows. Twice the smallest `refresh`: a larger
 * one would keep revocations waiting.
 */
const FLOOR_MS = 2_000;
export const NO_BINDING = "there is no binding API_KEYS";
/** Between two looks of a request that waits for another one's question, ms. */
const POLL_MS = 10;

export function createIssuedKeys(provider: string): IssuedKeys {
  const nothing = { byId: new Map(), revision: -1, askedAtMs: 0, notBeforeMs: 0, askingUntilMs: 0 };
  return { provider, ...nothing, failures: 0, problem: "" };
}

/** Whether there are keys that may be believed. */
export function hasIssuedKeys({ askedAtMs }: IssuedKeys, { keepMs }: IssuedKeysSource, nowMs: number): boolean {
  return askedAtMs > 0 && nowMs - askedAtMs <= keepMs;
}

/**
 * Whether a caller with this key has to wait for `moreIssuedKeys`. Starts a refresh behind the request where that is enough.
 * Never waits, never throws.
 */
export function isWaitDue(issued: IssuedKeys, source: IssuedKeysSource, id: string, caller: Caller): boolean {
  const ageMs = caller.nowMs - issued.askedAtMs;
  if (ageMs <= source.refreshMs && issued.byId.has(id)) return false;
  const may = mayAsk(issued, caller.nowMs);
  const isUnsure = ageMs > 2 * source.refreshMs || !issued.byId.has(id);
  const isAway = issued.failures > 0 && hasIssuedKeys(issued, source, caller.nowMs);
  if (isUnsure && !isAway) return may || issued.askingUntilMs > caller.nowMs;
  if (may) caller.waitUntil(refresh(issued, source, caller, source.refreshMs));
  return false;
}

/** Gets keys, or newer ones. Waits as long as a question may take; not at all when it is too early to ask. Never rejects. */
export async function moreIssuedKeys(issued: IssuedKeys, source: IssuedKeysSource, caller: Caller): Promise<void> {
  if (mayAsk(issued, caller.nowMs)) {
    // What others asked for is taken when it is as fresh as ours would have to be; for an unknown key only when it just was.
    const isOld = caller.nowMs - issued.askedAtMs > source.refreshMs;
    const asking = refresh(issued, source, caller, isOld ? source.refreshMs : Math.min(FLOOR_MS, source.refreshMs));
    // It goes on when this caller leaves: others wait for it.
    caller.waitUntil(asking);
    await asking;
    return;
  }
  while (issued.askingUntilMs > Date.now()) await pause(POLL_MS);
}

function mayAsk({ askingUntilMs, notBeforeMs }: IssuedKeys, nowMs: number): boolean {
  return nowMs >= notBeforeMs && nowMs >= askingUntilMs;
}

/** `sharedMs`: how old what another isolate asked for may be, to be taken in place of a question. */
async function refresh(
  issued: IssuedKeys,
  source: IssuedKeysSource,
  { env, nowMs }: Caller,
  sharedMs: number,
): Promise<void> {
  issued.askingUntilMs = nowMs + source.timeoutMs + 1_000;
  issued.notBeforeMs = nowMs + FLOOR_MS;
  try {
    const objects = env.API_KEYS as Namespace | undefined;
    if (objects === undefined) return fail(issued, source, NO_BINDING, nowMs);
    const object = objects.idFromName?.(issued.provider).toString() ?? "";
    if (await takeShared(issued, object, nowMs - sharedMs)) {
      issued.notBeforeMs = issued.askedAtMs + FLOOR_MS;
      return;
    }
    const reply = await within(() => objects.getByName(issued.provider).keySet(issued.revision), source.timeoutMs);
    const isTaken = typeof reply !== "string" && take(issued, reply, nowMs);
    if (isTaken) {
      if (!reply.current) await writeColoSet(object, reply, source.keepMs);
      await writeColoHead(object, { revision: issued.revision, atMs: nowMs }, source.keepMs);
      return;
    }
    fail(issued, source, typeof reply === "string" ? reply : "the answer is no set of keys", nowMs);
    // Nothing is known here: what the data centre knew lately is better than nothing.
    if (issued.askedAtMs === 0) await takeShared(issued, object, nowMs - source.keepMs);
  } finally {
    issued.askingUntilMs = 0;
  }
}

/** Takes what another isolate asked for after `sinceMs`; false, and nothing changed, when there is nothing newer. Never rejects. */
async function takeShared(issued: IssuedKeys, object: string, sinceMs: number): Promise<boolean> {
  const head = object === "" ? null : await readColoHead(object);
  if (head === null || head.atMs <= sinceMs || head.atMs <= issued.askedAtMs) return false;
  // Two that asked at the same moment may have been told before and after a change.
  if (head.revision < issued.revision) return false;
  if (head.revision === issued.revision) return take(issued, { current: true, revision: head.revision }, head.atMs);
  return take(issued, await readColoSet(object, head.revision), head.atMs);
}

/** False, and nothing changed, for what is no set. */
function take(issued: IssuedKeys, reply: unknown, atMs: number): boolean {
  if ((reply as Partial<IssuedKeysReply> | null)?.current !== true) {
    const set = checkKeySet(reply);
    if (set === null) return false;
    issued.byId = set.keys;
    issued.revision = set.revision;
  } else if (issued.revision < 0) {
    return false;
  }
  issued.askedAtMs = Math.max(atMs, issued.askedAtMs);
  issued.failures = 0;
  issued.problem = "";
  return true;
}

function fail(issued: IssuedKeys, { refreshMs }: IssuedKeysSource, why: string, nowMs: number): void {
  issued.notBeforeMs = nowMs + Math.min(FLOOR_MS * 2 ** Math.min(issued.failures, 10), Math.max(FLOOR_MS, refreshMs));
  issued.failures += 1;
  issued.problem = issued.askedAtMs === 0 ? why : `${why}; those of ${new Date(issued.askedAtMs).toISOString()} stay`;
}

/** The answer, or why there is none. Never rejects. */
async function within(call: () => Promise<IssuedKeysReply>, ms: number): Promise<IssuedKeysReply | string> {
  try {
    return await Promise.race([call(), pause(ms).then(() => "the object of issued keys is too slow")]);
  } catch {
    return "the object of issued keys cannot be reached";
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
