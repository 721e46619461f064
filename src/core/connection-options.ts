/** Which headers `Connection` names: they are for one hop only. Source: RFC 9110 §7.6.1. */

/** What may stand in `Connection` without naming a header. */
const NOT_HEADERS: ReadonlySet<string> = new Set(["keep-alive", "close", "upgrade"]);
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

const NONE: readonly string[] = [];

/** The headers that a `Connection` value names, in lower case. Never throws. */
export function optionsOf(connection: string): readonly string[] {
  // As nearly every hop says it: there is nothing to take apart.
  if (connection === "keep-alive" || connection === "Keep-Alive" || connection === "close") return NONE;
  return connection
    .split(",")
    .map((option) => option.trim().toLowerCase())
    .filter((name) => TOKEN.test(name) && !NOT_HEADERS.has(name));
}

/**
 * A header as endpoints get it: null for one that is for this hop only, which they never see. Never throws. A second look only for
 * a header that is there.
 *
 * - `name`: in lower case.
 */
export function carriedHeader(header: (name: string) => string | null, name: string): string | null {
  const value = header(name);
  if (value === null) return null;
  const connection = header("connection");
  return connection !== null && optionsOf(connection).includes(name) ? null : value;
}
