/** The body of a request as it goes on, or why the request does not. */
import type { Breach } from "../core/limit/bounds.ts";
import { share } from "../core/limit/memory.ts";
import type { Refusal } from "../core/refusal.ts";
import type { Arrived } from "./arrived.ts";
import { RETRY_AFTER_MS } from "./held-body.ts";
import { logTrial, outOfBounds } from "./out-of-bounds.ts";
import type { RequestBody } from "./request-body.ts";
import { takeBody } from "./take-body.ts";

/**
 * Reads or wraps it. One that is `buffered` has to be let go of.
 *
 * - `limitBytes`: the most that is kept in memory. `requiredBytes`: up to so many have to be, or the request is refused.
 *
 * Rejects when the downstream goes away while its body is read.
 */
export async function bodyOf(
  arrived: Arrived,
  { limitBytes, requiredBytes }: { readonly limitBytes: number; readonly requiredBytes: number },
): Promise<RequestBody | Refusal> {
  const { request, bodyBounds: bounds, isolate, ctx, read } = arrived;
  // One holder here and one in the guard, which lets go when all is over.
  if (read !== undefined && read.of === request && share(read.body.held.claim)) return read.body;
  const onTrial = (breach: Breach) => logTrial(arrived, breach);
  const { memory } = isolate;
  const body = await takeBody(request, { limitBytes, requiredBytes, bounds, memory, ctx, onTrial });
  if (body === null) return { reason: "unexpected_body", method: request.method };
  if ("bound" in body) return outOfBounds(arrived, body);
  return body.kind === "no-room" ? noRoom(arrived) : body;
}

/** What has to be kept cannot be. */
export function noRoom({ matched }: Pick<Arrived, "matched">): Refusal {
  const { route, rule } = matched;
  return { reason: "no_room_for_body", route: route.name, rule: rule.name, retryAfterMs: RETRY_AFTER_MS };
}
