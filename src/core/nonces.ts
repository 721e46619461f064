/** What is said to the object that remembers signed requests for all isolates: one for each key of an HMAC provider. */

export interface TakeNonce {
  /** As it was signed: 16 to 64 of A-Z a-z 0-9 - _ */
  readonly nonce: string;
  /** When it was signed, epoch. */
  readonly signedAtMs: number;
  /** How far a request's time may be from ours. */
  readonly windowMs: number;
}

/** taken: for the first time. known: it was taken before. full: nobody can tell any more. */
export type TakeNonceReply = "taken" | "known" | "full" | "invalid";

export interface NonceCalls {
  /** Durable when answered. */
  take(request: TakeNonce): Promise<TakeNonceReply>;
}
