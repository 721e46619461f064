/** What a rate limit says of one request. */

export interface Verdict {
  readonly allowed: boolean;
  /** Units of the limit in its window, and those left of them, as far as is known where it was decided; never below 0. */
  readonly limit: number;
  readonly remaining: number;
  /** Until the whole limit is there again, ms. */
  readonly resetMs: number;
  /** Until a request of this cost may be tried again, ms; 0 when it was allowed. */
  readonly retryAfterMs: number;
  /** True: the binding or the object could not be asked, and what the limit says of that case was done. */
  readonly isDegraded: boolean;
}

/** A verdict that is written over by the next one: deciding allocates nothing. */
export type VerdictSlot = { -readonly [Field in keyof Verdict]: Verdict[Field] };

export function createVerdict(): VerdictSlot {
  return { allowed: false, limit: 0, remaining: 0, resetMs: 0, retryAfterMs: 0, isDegraded: false };
}
