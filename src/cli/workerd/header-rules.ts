/**
 * The `_headers` file of static assets: patterns of paths, and below each, indented, the headers of what matches. `*` stands
 * for anything. Of what the platform knows, placeholders, hosts and `! Name` are left out.
 *
 * Source: developers.cloudflare.com/workers/static-assets/headers.
 */

export interface HeaderRule {
  readonly pattern: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Never throws: lines that are no header are passed over, as are headers before the first path. */
export function parseHeaderRules(text: string): readonly HeaderRule[] {
  const rules: { pattern: string; headers: [string, string][] }[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, name, value] = /^\s+([\w-]+):\s*(.+?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) rules.at(-1)?.headers.push([name.toLowerCase(), value]);
    else if (line.startsWith("/")) rules.push({ pattern: line.trim(), headers: [] });
  }
  return rules;
}

/** Headers for a path, of all rules that match; of one name the values are joined, as the platform does. */
export function headersFor(rules: readonly HeaderRule[], pathname: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { pattern, headers } of rules) {
    if (!patternMatches(pattern, pathname)) continue;
    for (const [name, value] of headers) {
      const before = found.get(name);
      found.set(name, before === undefined ? value : `${before}, ${value}`);
    }
  }
  return found;
}

function patternMatches(pattern: string, pathname: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(pathname);
}
