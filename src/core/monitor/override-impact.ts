/** What an override leaves: so that no word takes out a whole service without saying so. */

/** Endpoints by what they can do once the word is in force. */
export interface OverrideImpact {
  /** Of the service. */
  readonly endpoints: number;
  /** Not taken out by operators. */
  readonly left: number;
  /** Of those, the ones that are healthy as far as is known, with a closed breaker. */
  readonly serving: number;
  /** The same before. */
  readonly wasServing: number;
}
