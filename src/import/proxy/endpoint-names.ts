/** Names for what had none, or one that a config does not take. */

const SERVICE_NAME_MAX = 143;
const ENDPOINT_NAME_MAX = 63;

/**
 * Text as a name of letters, digits, ".", "_" and "-", at most `max` long, different from all in `taken`.
 *
 * Never throws. The same input in the same order gives the same names.
 */
export function freeName(text: string, taken: ReadonlySet<string>, max = SERVICE_NAME_MAX): string {
  const clean = text
    .replaceAll("*", "any")
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, max)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  const base = clean === "" ? "unnamed" : clean;
  if (!taken.has(base)) return base;
  for (let n = 2; ; n++) {
    const numbered = `${base.slice(0, max - String(n).length - 1).replace(/[^A-Za-z0-9]+$/, "")}-${n}`;
    if (!taken.has(numbered)) return numbered;
  }
}

/** Names for endpoints, by what tells their URLs apart for people: host, port and path. */
export function endpointNames(urls: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return urls.map((url) => {
    const { host, pathname } = new URL(url);
    const name = freeName(`${host}${pathname}`, taken, ENDPOINT_NAME_MAX);
    taken.add(name);
    return name;
  });
}
