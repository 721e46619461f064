/**
 * One request as a data point of Workers Analytics Engine. The places of columns never change; new ones are added behind.
 *
 * Source: Cloudflare's limits for a data point: 20 blobs of 16 KB in all, 20 doubles, one index of 96 bytes.
 */
import { knownMethod } from "../attributes.ts";
import type { SeenRequest } from "../seen-request.ts";

export interface DataPoint {
  readonly blobs: string[];
  readonly doubles: number[];
  readonly indexes: [string];
}

/** Longest name in a column, characters: ten of them stay far below 16 KB. */
const MAX_NAME = 256;
const MAX_INDEX_BYTES = 96;

/**
 * - blob1 route, blob2 service chosen, blob3 endpoint that answered, blob4 method, blob5 response flags, blob6 outcomes of the
 *   attempts ("5xx,ok"), blob7 region, blob8 data centre, blob9 fallback, blob10 mesh version;
 * - double1 status, double2 duration in ms, double3 attempts, double4 requests this point stands for;
 * - index1 the service, or the route where none was chosen.
 *
 * `share`: of requests like this that are written, (0, 1]. Never throws.
 */
export function dataPointOf(seen: SeenRequest, share: number): DataPoint {
  return {
    blobs: [
      seen.route,
      seen.service,
      seen.endpoint,
      knownMethod(seen.method),
      seen.flags,
      seen.attempts.map(({ outcome }) => outcome).join(","),
      seen.region,
      seen.colo,
      seen.fallback,
      seen.meshVersion,
    ].map((text) => text.slice(0, MAX_NAME)),
    doubles: [seen.status, seen.endedAtMs - seen.arrivedAtMs, seen.attempts.length, 1 / share],
    indexes: [cutBytes(seen.service === "" ? seen.route : seen.service, MAX_INDEX_BYTES)],
  };
}

/** The longest beginning of the text that has at most so many bytes in UTF-8. */
function cutBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return text;
  return new TextDecoder().decode(bytes.subarray(0, maxBytes)).replace(/\uFFFD$/, "");
}
