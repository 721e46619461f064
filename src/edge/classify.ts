/**
 * What the platform's answers and errors mean. The only file that knows their wording.
 *
 * In production a failed connection is usually not an exception: Cloudflare answers 520-527 or 530 in the origin's
 * place, marked by its own server header and a body that starts with "error code:". On workerd alone it is a thrown
 * "Network connection lost." Texts change between versions, so every throw that is not our own abort counts as a
 * connect failure.
 */
import type { OutcomeClass } from "../core/outcome.ts";
import { NeverSent } from "./never-sent.ts";

/** Statuses that Cloudflare answers in place of an origin it could not talk to. */
const SYNTHETIC = new Set([520, 521, 522, 523, 524, 525, 526, 527, 530]);

/** Of those, the ones after which the origin certainly saw nothing: refused, unreachable, TLS failed, no such name. */
const NEVER_SENT = new Set([521, 523, 525, 526, 530]);

export interface Classified {
  readonly outcome: OutcomeClass;
  readonly neverSent: boolean;
}

const OK: Classified = { outcome: "ok", neverSent: false };
const SERVER_ERROR: Classified = { outcome: "5xx", neverSent: false };
const THROTTLED: Classified = { outcome: "throttled", neverSent: false };
const UNREACHED: Classified = { outcome: "connect-failure", neverSent: true };
const BROKEN: Classified = { outcome: "connect-failure", neverSent: false };
const ORIGIN_TIMEOUT: Classified = { outcome: "timeout", neverSent: false };

/**
 * Classifies an answer by its head alone. Never throws; constant time; allocates nothing.
 *
 * - `status`: the answer's, from whoever has read it: each look at one is a call into the platform.
 */
export function classifyResponse(response: Response, status = response.status): Classified {
  if (status < 429) return OK;
  if (status === 429) return THROTTLED;
  if (status < 500) return OK;
  if (status === 503 && response.headers.has("retry-after")) return THROTTLED;
  if (status >= 520 && SYNTHETIC.has(status) && isFromCloudflare(response)) {
    if (status === 524) return ORIGIN_TIMEOUT;
    return NEVER_SENT.has(status) ? UNREACHED : BROKEN;
  }
  return SERVER_ERROR;
}

/** Classifies what `fetch` threw, or what kept the request from being sent. Never throws. */
export function classifyError(error: unknown): Classified {
  return error instanceof NeverSent ? UNREACHED : BROKEN;
}

/** The synthetic answers are short text from Cloudflare itself; an origin behind Cloudflare passes its own type on. */
function isFromCloudflare(response: Response): boolean {
  return (
    response.headers.get("server") === "cloudflare" && (response.headers.get("content-type") ?? "").startsWith("text/")
  );
}
