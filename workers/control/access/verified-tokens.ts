/**
 * Tokens that were verified moments ago, by the digest of all their text: a read costs no call to the object that keeps them.
 * A token that is revoked ends within VERIFIED_MS everywhere, and at once in the isolate that revoked it.
 */
import type { Caller } from "./caller.ts";

export const VERIFIED_MS = 5_000;
const MAX_ENTRIES = 1_000;

const verified = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();

/** The holder of a token that was verified lately and has not expired since; null for all others. */
export function verifiedCaller(digest: string, nowMs: number): Caller | null {
  const entry = verified.get(digest);
  if (entry === undefined) return null;
  if (nowMs < entry.untilMs) return entry.caller;
  verified.delete(digest);
  return null;
}

/** Remembers a verified token; the oldest is forgotten when there are too many. */
export function onVerified(digest: string, caller: Caller, nowMs: number): void {
  const untilMs = Math.min(nowMs + VERIFIED_MS, caller.expiresAtMs ?? Number.POSITIVE_INFINITY);
  verified.delete(digest);
  verified.set(digest, { caller, untilMs });
  if (verified.size > MAX_ENTRIES) verified.delete(verified.keys().next().value!);
}

/** Forgets a token by the key of its holder. */
export function onRevoked(key: string): void {
  for (const [digest, { caller }] of verified) if (caller.key === key) verified.delete(digest);
}
