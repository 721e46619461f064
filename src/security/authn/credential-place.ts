/** Where a request carries a credential: in a header, a cookie or the query. */
import type { CredentialPlace } from "../../core/mesh.ts";
import { queryValue, queryValues } from "../../core/route/query-value.ts";
import type { Caller } from "./outcome.ts";

/**
 * The credential in one place, null when there is none. A header whose value does not begin with the prefix is somebody
 * else's. Given more than once, in any of the ways, it is one text with commas, which is no good to anybody: endpoints and we
 * might not pick the same.
 *
 * Never throws. Linear in what is looked at.
 */
export function credentialIn(place: CredentialPlace, caller: Caller): string | null {
  switch (place.type) {
    case "header": {
      const value = caller.request.headers.get(place.name);
      return value === null ? null : afterPrefix(value, place.prefix);
    }
    case "cookie": {
      const header = caller.request.headers.get("cookie");
      return header === null || !header.includes(place.name) ? null : cookieIn(header, place.name);
    }
    case "query":
      return caller.query === "" ? null : parameterIn(caller.query, place.name);
  }
}

function parameterIn(query: string, name: string): string | null {
  const values = queryValues(query, name);
  // To some endpoints ";" is another "&".
  const isHidden = query.includes(";") && queryValues(query.replaceAll(";", "&"), name).length > values.length;
  if (values.length === 0) return isHidden ? "," : null;
  return values.length === 1 && !isHidden ? values[0]! : `${values[0]!},`;
}

/** Without regard to case, as schemes of Authorization are; spaces and tabs between the two do not count. */
function afterPrefix(value: string, prefix: string): string | null {
  if (prefix === "") return value;
  if (isPrefixed(value, 0, prefix)) return value.slice(prefix.length).trim();
  // Behind the credential of another scheme it is still there, for endpoints that look for it.
  for (let comma = value.indexOf(","); comma >= 0; comma = value.indexOf(",", comma + 1)) {
    let at = comma + 1;
    while (isBlank(value, at)) at += 1;
    if (isPrefixed(value, at, prefix)) return value;
  }
  return null;
}

function isPrefixed(value: string, at: number, prefix: string): boolean {
  const end = at + prefix.length;
  if (value.length <= end) return false;
  if (value.startsWith(prefix, at)) return true;
  const isAlike = prefix.endsWith(" ") && isBlank(value, end - 1) ? 1 : 0;
  const length = prefix.length - isAlike;
  return value.slice(at, at + length).toLowerCase() === prefix.slice(0, length).toLowerCase();
}

function isBlank(text: string, at: number): boolean {
  return text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB;
}

const SPACE = 32;
const TAB = 9;

function cookieIn(header: string, name: string): string | null {
  const pairs = header.split(";");
  const values = pairs.flatMap((pair) => (nameOf(pair) === name ? [cookieTextOf(pair)] : []));
  if (!header.includes(",")) return values.length === 0 ? null : values.join(",");
  // Two lines are one with a comma here, and some endpoints take it for the end of a cookie.
  const isHidden = pairs.some((pair) =>
    pair
      .split(",")
      .slice(1)
      .some((part) => nameOf(part) === name),
  );
  if (isHidden) return `${values.join(",")},`;
  return values.length === 0 ? null : values.join(",");
}

/** A Cookie header less every cookie of that name; "" when none is left. Never throws. */
export function cookiesWithout(header: string, name: string): string {
  const rest = header.split(";").filter((pair) => nameOf(pair) !== name);
  return rest.join(";").trim();
}

function nameOf(pair: string): string {
  const equals = pair.indexOf("=");
  return (equals < 0 ? pair : pair.slice(0, equals)).trim();
}

function cookieTextOf(pair: string): string {
  const equals = pair.indexOf("=");
  const value = equals < 0 ? "" : pair.slice(equals + 1).trim();
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

/** A query less the first `count` parameters of a decoded name, all of them by default; the others stay as they were written. */
export function queryWithout(query: string, name: string, count = Number.POSITIVE_INFINITY): string {
  let left = count;
  const rest = query
    .slice(1)
    .split("&")
    .filter((pair) => {
      if (left <= 0 || queryValue(pair, name) === null) return true;
      left -= 1;
      return false;
    });
  const text = rest.join("&");
  return text === "" ? "" : `?${text}`;
}
