import type { SessionKey } from "./keyring.ts";

/** What an isolate keeps for the sessions of all rules. */
export interface Sessions {
  /** The first signs. Empty: nothing persists. */
  readonly keys: readonly SessionKey[];
  readonly counts: SessionCounts;
}

export interface SessionCounts {
  begun: number;
  /** To another endpoint, since theirs could not be used. */
  moved: number;
  /** Past their time. */
  ended: number;
  /** Tokens that were no tokens, or named no endpoint of the rule. */
  refused: number;
}

export function createSessions(keys: readonly SessionKey[]): Sessions {
  return { keys, counts: { begun: 0, moved: 0, ended: 0, refused: 0 } };
}
