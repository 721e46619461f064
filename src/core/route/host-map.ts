/** Things by host name, wildcards among them. */
export interface HostMap<T> {
  readonly exact: Map<string, T>;
  /** Of "*.example.com", by ".example.com". */
  readonly wildcard: Map<string, T>;
  /** Of "*". */
  any: T | null;
}

export function createHostMap<T>(): HostMap<T> {
  return { exact: new Map(), wildcard: new Map(), any: null };
}

/** What stands for a host name pattern, made by `create` when there is nothing yet. */
export function getOrCreate<T>(map: HostMap<T>, hostname: string, create: () => T): T {
  if (hostname === "*") {
    map.any ??= create();
    return map.any;
  }
  const isWildcard = hostname.startsWith("*.");
  const part = isWildcard ? map.wildcard : map.exact;
  const key = isWildcard ? hostname.slice(1) : hostname;
  const known = part.get(key);
  if (known !== undefined) return known;
  const made = create();
  part.set(key, made);
  return made;
}

/** What the most specific pattern that fits stands for: the name itself, the longest wildcard, any. Null when none fits. */
export function mostSpecific<T>(map: HostMap<T>, host: string): T | null {
  const exact = map.exact.size === 0 ? undefined : map.exact.get(host);
  if (exact !== undefined) return exact;
  if (map.wildcard.size > 0) {
    for (let dot = host.indexOf(".", 1); dot !== -1; dot = host.indexOf(".", dot + 1)) {
      const found = map.wildcard.get(host.slice(dot));
      if (found !== undefined) return found;
    }
  }
  return map.any;
}
