/**
 * The first step of a guard: whether a request is of a size and shape that anybody should look at. Bodies that do not say
 * how long they are, and slow ones, are bounded while they are read: `Arrived.body`.
 */
import { type BoundedRequest, type Breach, breachOf, type OpenBounds } from "../../core/limit/bounds.ts";
import type { Address } from "../address.ts";
import type { Arrived } from "../arrived.ts";
import { logTrial, outOfBounds } from "../out-of-bounds.ts";
import { deny } from "./deny.ts";
import type { Next } from "./guarded.ts";

/**
 * Passes on or refuses, at once.
 *
 * - `anyMethod`: the method is not looked at.
 */
export function withinBounds(
  arrived: Arrived,
  open: OpenBounds,
  anyMethod: boolean,
  next: Next,
): Response | Promise<Response> {
  const { request, address } = arrived;
  const { bounds } = open;
  const breach = breachOf(open, boundedRequest(request, address), anyMethod);
  if (breach !== null) {
    if (!bounds.dryRun) return deny(arrived, outOfBounds(arrived, breach), headersOf(breach, open));
    logTrial(arrived, breach);
  }
  return request.body === null ? next(arrived) : next({ ...arrived, bodyBounds: bounds });
}

/** A request as bounds see it. */
export function boundedRequest(request: Request, { path, query }: Address): BoundedRequest {
  const { method, headers } = request;
  return {
    method,
    path,
    query,
    headers,
    header: (name) => headers.get(name),
    bot: () => botOf(request as { readonly cf?: unknown }),
  };
}

function headersOf({ bound }: Breach, { bounds }: OpenBounds): readonly (readonly [name: string, value: string])[] {
  return bound === "method" ? [["allow", bounds.methods.join(", ")]] : [];
}

/** What Cloudflare's Bot Management says, where it is. A caller cannot say it: it is no header. */
function botOf({
  cf,
}: {
  readonly cf?: unknown;
}): { readonly score: number; readonly isVerified: boolean } | undefined {
  const told = (
    cf as { readonly botManagement?: { readonly score?: unknown; readonly verifiedBot?: unknown } } | undefined
  )?.botManagement;
  return typeof told?.score === "number" && told.score > 0
    ? { score: told.score, isVerified: told.verifiedBot === true }
    : undefined;
}
