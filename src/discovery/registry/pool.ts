/** What the registry of a service remembers of endpoints from one merge to the next. */
import type { Endpoint } from "../../core/mesh.ts";

/** Name of the source that the config itself is. */
export const CONFIGURED = "config";

export interface Member {
  readonly endpoint: Endpoint;
  /** Who offers it, or did last. */
  readonly source: string;
  /**
   * serving: takes requests. held: its source no longer offers it, but the floor keeps it. draining: keeps its sessions, gets
   * nothing new. out: known, but not in the set.
   */
  readonly phase: "serving" | "held" | "draining" | "out";
  /** When the phase began. */
  readonly sinceMs: number;
  /** When its source ceased to offer it ready; null while it does. */
  readonly lostAtMs: number | null;
  /** When the floor let it go; null when it did not go that way, or came back. */
  readonly takenAtMs: number | null;
  /** Flaps as of `flapsAtMs`, each counted half after a half-life. */
  readonly flaps: number;
  readonly flapsAtMs: number;
  /** It came back too often, and is kept out. */
  readonly damped: boolean;
}

export type AlarmType = "floor" | "damped" | "duplicate_id" | "too_many" | "empty";

/** Something that people should look at. */
export interface PoolAlarm {
  readonly type: AlarmType;
  readonly sinceMs: number;
  /** How many endpoints it is about, and the first of them. */
  readonly count: number;
  readonly ids: readonly string[];
  readonly detail: string;
}

/** The endpoints of a set, before it has a revision. */
export interface SetContent {
  readonly endpoints: readonly Endpoint[];
  readonly draining: readonly string[];
}

export interface Pool {
  readonly members: ReadonlyMap<string, Member>;
  /** What was made last; null: nothing was ever there. Never empty. */
  readonly content: SetContent | null;
  readonly alarms: readonly PoolAlarm[];
}

export const EMPTY_POOL: Pool = { members: new Map(), content: null, alarms: [] };

/** Whether it takes requests. */
export function isAvailable({ phase }: Member): boolean {
  return phase === "serving" || phase === "held";
}
