import type { ReceivedRequest } from "./received-request.ts";

/** Whether a request is from whom it says. `why` is for the log of the origin; callers are told 401 and nothing more. */
export type Verdict = { readonly ok: true; readonly keyId: string } | { readonly ok: false; readonly why: string };

export interface Verifier {
  /** Never rejects, unless the nonce store does. */
  verify(request: ReceivedRequest): Promise<Verdict>;
}

export function refused(why: string): Verdict {
  return { ok: false, why };
}
