/** Which of several matches of one host name comes first. */
import type { RouteMatch } from "../mesh.ts";

const LONGEST = 0xffff;
const MOST_CONDITIONS = 0xff;

/**
 * How specific a match is; the higher comes first, and alike ones keep the order of the config.
 *
 * Exact path, then regular expression, then prefix; of each the longer; case that matters before case that does not, and
 * whole elements before characters; a method; the most headers; the most query parameters. That is the Gateway API's
 * order. It leaves open where regular expressions stand: here as in Envoy Gateway, the longer pattern first.
 */
export function specificity({ path, method, headers, queryParams }: RouteMatch): number {
  const kind = path.type === "Exact" ? 2 : path.type === "RegularExpression" ? 1 : 0;
  const isCased = path.type === "RegularExpression" || path.ignoreCase !== true;
  // Digits of one number, each of them below what the next is multiplied by: 37 bits in all.
  let key = kind * (LONGEST + 1) + Math.min(lengthOf(path), LONGEST);
  key = key * 2 + Number(isCased);
  key = key * 2 + Number(path.type !== "StringPrefix");
  key = key * 2 + Number(method !== undefined);
  key = key * (MOST_CONDITIONS + 1) + Math.min(headers.length, MOST_CONDITIONS);
  return key * (MOST_CONDITIONS + 1) + Math.min(queryParams.length, MOST_CONDITIONS);
}

/** A trailing slash does not make a prefix by element longer. */
function lengthOf({ type, value }: RouteMatch["path"]): number {
  return type === "PathPrefix" && value.endsWith("/") ? value.length - 1 : value.length;
}
