/** Where a request carries a credential: in a header, a cookie or the query. */
import type { CredentialPlace } from "../../core/mesh.ts";
import { queryValue } from "../../core/route/query-value.ts";
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
      if (header === null || !header.includes(place.name)) return null;
      const values = header.split(";").flatMap((pair) => (nameOf(pair) === place.name ? [cookieTextOf(pair)] : []));
      return values.length === 0 ? null : values.join(",");
    }
    case "query": {
      if (caller.query === "") return null;
      const value = queryValue(caller.query, place.name);
      if (value === null) return null;
      const others = queryWithout(caller.query, place.name, 1);
      return queryValue(others, place.name) === null ? value : `${value},`;
    }
  }
}

/** Without regard to case, as schemes of Authorization are; spaces between the two do not count. */
function afterPrefix(value: string, prefix: string): string | null {
  if (prefix === "") return value;
  if (value.length <= prefix.length) return null;
  if (!value.startsWith(prefix) && value.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase()) return null;
  return value.slice(prefix.length).trim();
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
