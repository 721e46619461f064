/** Whether a version may take over from the one in force. Pure: the object compares and writes without a wait in between. */
import { type ApplyError, type GuardStatus, NO_CONFIG, type VersionMeta } from "../../src/core/mesh-version.ts";

/** What is in force when the question is asked. */
export interface InForce {
  /** Null: nothing was applied yet. */
  readonly head: VersionMeta | null;
  /** `compiledAtMs` of the mesh that was bundled at deploy. Later than the head's: that one is what runs. */
  readonly bundledAtMs: number;
}

export interface Candidate {
  readonly digest: string;
  /** Number of the version it was based on. */
  readonly base: number;
  /** What it says to a guard that watches the version in force. */
  readonly onGuard: "replaces" | "ends" | "is-stopped";
}

export interface Refused {
  readonly error: ApplyError;
  readonly detail: string;
}

/** Why a version cannot take over; null: it can. */
export function refusalOf({ head, bundledAtMs }: InForce, { digest, base, onGuard }: Candidate): Refused | null {
  const number = head?.version ?? NO_CONFIG;
  if (base !== number) {
    const inForce = number === NO_CONFIG ? "nothing was applied yet" : `version ${number} is in force`;
    return { error: "stale", detail: `based on version ${base}, and ${inForce}` };
  }
  if (head?.digest === digest && bundledAtMs <= head.compiledAtMs) {
    return { error: "unchanged", detail: `version ${number} is the same` };
  }
  if (isWatched(head) && onGuard === "is-stopped") {
    const detail = `version ${number} is being watched: wait, roll back, or bring another guard`;
    return { error: "guarding", detail };
  }
  return null;
}

export type GuardCheck = { readonly ok: true; readonly status: GuardStatus } | ({ readonly ok: false } & Refused);

/** A guard of the version that takes over. It goes back to the last version that is not watched itself. */
export function guardOf({ head, bundledAtMs }: InForce, untilMs: number): GuardCheck {
  if (head === null || bundledAtMs > head.compiledAtMs) {
    const detail = "no version is in force that a guard could go back to; apply the first one without a guard";
    return { ok: false, error: "invalid_request", detail };
  }
  const fallback = head.guard?.state === "watching" ? head.guard.fallback : head.version;
  return { ok: true, status: { state: "watching", untilMs, fallback, reason: "" } };
}

/** When a version was compiled, as it is written: later than all before, and than the mesh that isolates start with. */
export function stamp({ head, bundledAtMs }: InForce, nowMs: number): number {
  return Math.max(nowMs, (head?.compiledAtMs ?? 0) + 1, bundledAtMs + 1);
}

export function isWatched(head: VersionMeta | null): boolean {
  return head?.guard?.state === "watching";
}
