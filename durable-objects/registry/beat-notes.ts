import { expiresAtMs } from "../../src/discovery/registry/instance.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import type { Meta } from "./storage.ts";

/** Heartbeats are noted so often, all in one row. */
const NOTE_BEATS_MS = 30_000;

/** When instances were last heard, as it is stored: a registry that begins again knows by it who was late before. */
export class BeatNotes {
  #noted: Pick<Meta, "beats" | "beatsAtMs">;
  #hasNews = false;

  /** - `stored`: null: nothing is. */
  constructor(stored: Pick<Meta, "beats" | "beatsAtMs"> | null) {
    this.#noted = stored === null ? { beats: [], beatsAtMs: 0 } : { beats: stored.beats, beatsAtMs: stored.beatsAtMs };
  }

  /** What is to be stored. */
  get noted(): Pick<Meta, "beats" | "beatsAtMs"> {
    return this.#noted;
  }

  onBeat(): void {
    this.#hasNews = true;
  }

  /** When they are to be noted, epoch; Infinity: nothing was heard. */
  get dueMs(): number {
    return this.#hasNews ? this.#noted.beatsAtMs + NOTE_BEATS_MS : Number.POSITIVE_INFINITY;
  }

  noteIfDue({ roster }: RegistryState, nowMs: number): void {
    if (nowMs < this.dueMs) return;
    const beats = [...roster].map(([id, { heartbeatAtMs }]) => [id, heartbeatAtMs] as const);
    this.#noted = { beats, beatsAtMs: nowMs };
    this.#hasNews = false;
  }

  /** Everybody has one time to live to be heard again, but for those who were late before. */
  dropLate({ roster }: RegistryState): void {
    for (const [id, instance] of roster) {
      if (expiresAtMs(instance) < this.#noted.beatsAtMs) roster.delete(id);
    }
  }
}
