/** Challenges that are due, and under way. */
import { type Instance, onChallenged } from "../../src/discovery/registry/instance.ts";
import { challengesDue } from "../../src/discovery/registry/roster.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import { askChallenge } from "./ask-challenge.ts";

/** Asked at once. */
const MAX_UNDER_WAY = 20;

export class Challenger {
  /** Ids of instances that are being asked. */
  readonly #underWay = new Set<string>();
  readonly #key: string;

  /** `key`: of answers by HMAC; "" for none. */
  constructor(key: string) {
    this.#key = key;
  }

  /** When the next challenge is due; Infinity: none will be. */
  nextMs(state: RegistryState, nowMs: number): number {
    return challengesDue(this.#waiting(state), nowMs).nextMs;
  }

  /** Asks those who are due; `onAnswer` is called for each when its answer has been taken in. Never rejects. */
  start(state: RegistryState, nowMs: number, onAnswer: (id: string) => void): Promise<unknown> | null {
    const challenge = state.settings?.discovery.registration?.challenge;
    if (challenge == null) return null;
    const room = Math.max(0, MAX_UNDER_WAY - this.#underWay.size);
    const due = challengesDue(this.#waiting(state), nowMs).due.slice(0, room);
    if (due.length === 0) return null;
    return Promise.all(
      due.map(async (id) => {
        const asked = state.roster.get(id)!;
        this.#underWay.add(id);
        const error = await askChallenge(state.service, asked, challenge, this.#key);
        this.#underWay.delete(id);
        const instance = state.roster.get(id);
        // Another registration of that name has a challenge of its own.
        if (instance?.lease === asked.lease) state.roster.set(id, onChallenged(instance, error, Date.now()));
        onAnswer(id);
      }),
    );
  }

  #waiting({ roster }: RegistryState): ReadonlyMap<string, Instance> {
    if (this.#underWay.size === 0) return roster;
    return new Map([...roster].filter(([id]) => !this.#underWay.has(id)));
  }
}
