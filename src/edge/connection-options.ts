/** What may stand in `Connection` without naming a header. */
const NOT_HEADERS = new Set(["keep-alive", "close", "upgrade"]);
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * Removes the headers that `Connection` names: they are for one hop only. The platform removes Connection itself and
 * the ones that always belong to one hop.
 *
 * Never throws. Source: RFC 9110 §7.6.1.
 */
export function stripConnectionOptions(headers: Headers, connection: string): void {
  for (const name of optionsOf(connection)) headers.delete(name);
}

/** The headers that a `Connection` value names, in lower case. Never throws. */
export function optionsOf(connection: string): string[] {
  return connection
    .split(",")
    .map((option) => option.trim().toLowerCase())
    .filter((name) => TOKEN.test(name) && !NOT_HEADERS.has(name));
}
