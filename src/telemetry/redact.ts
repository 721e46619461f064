/**
 * What may be written of a request. Query values and addresses tell who somebody is; header fields that carry credentials
 * are never written, whatever the config says.
 */

/** In place of a value, as OpenTelemetry's conventions for URLs have it. */
const REDACTED = "REDACTED";

/**
 * A query with the values of all parameters but those named replaced. What has no "=" may be a value itself, and is replaced
 * whole.
 *
 * - `query`: with or without its "?"; the result is without.
 * - `maxLength`: of the result, in characters.
 *
 * Never throws. Linear in the query.
 */
export function redactQuery(query: string, keep: readonly string[], maxLength: number): string {
  const text = query.startsWith("?") ? query.slice(1) : query;
  let redacted = "";
  // Names can be long too: no more is looked at than can be shown.
  for (let from = 0; from < text.length && redacted.length < maxLength; ) {
    const and = text.indexOf("&", from);
    const end = and < 0 ? text.length : and;
    const part = text.slice(from, end);
    from = end + 1;
    const equals = part.indexOf("=");
    const name = equals < 0 ? "" : part.slice(0, equals);
    const shown = equals < 0 ? (part === "" ? "" : REDACTED) : keep.includes(name) ? part : `${name}=${REDACTED}`;
    if (shown !== "") redacted += redacted === "" ? shown : `&${shown}`;
  }
  return redacted.slice(0, maxLength);
}

/** The first 24 bits of an IPv4 address, 48 of an IPv6 one; "" for what is neither. Never throws. */
export function truncateAddress(address: string): string {
  const v4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address);
  if (v4 !== null) return `${v4[1]}.0`;
  if (!/^[0-9a-f:]*:[0-9a-f:.]*$/i.test(address)) return "";
  const [head = "", tail] = address.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  if (tail === undefined && first.length !== 8) return "";
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  const kept = [...first, ...zeros, ...last].slice(0, 3);
  return `${kept.map((group) => group.replace(/^0+(?=.)/, "").toLowerCase()).join(":")}::`;
}
