/** Values of a test in Istio's notation, arranged so that a long list costs no more than a short one. */

export interface ValueSet {
  /** Null: none. */
  readonly exact: ReadonlySet<string> | null;
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  /** "*": anything but nothing. */
  readonly any: boolean;
}

/** What a value in Istio's notation asks for. A "*" that is not at one end is a character. */
export type Pattern =
  | { readonly type: "any" }
  | { readonly type: "exact"; readonly text: string }
  | { readonly type: "prefix"; readonly text: string }
  | { readonly type: "suffix"; readonly text: string };

/** Never throws. */
export function patternOf(value: string): Pattern {
  if (value === "*") return { type: "any" };
  if (value.startsWith("*")) return { type: "suffix", text: value.slice(1) };
  if (value.endsWith("*")) return { type: "prefix", text: value.slice(0, -1) };
  return { type: "exact", text: value };
}

/** Arranges values for `hasText`. None: fits nothing. */
export function openValues(values: readonly string[]): ValueSet {
  const patterns = values.map(patternOf);
  const texts = (type: "exact" | "prefix" | "suffix") =>
    patterns.flatMap((pattern) => (pattern.type === type ? [pattern.text] : []));
  const exact = texts("exact");
  return {
    exact: exact.length === 0 ? null : new Set(exact),
    prefixes: texts("prefix"),
    suffixes: texts("suffix"),
    any: patterns.some(({ type }) => type === "any"),
  };
}

/** Whether a text fits one of the values. Never throws, never allocates; linear in the values that have a "*" alone. */
export function hasText({ exact, prefixes, suffixes, any }: ValueSet, text: string): boolean {
  if (any && text !== "") return true;
  if (exact?.has(text)) return true;
  for (let i = 0; i < prefixes.length; i += 1) if (text.startsWith(prefixes[i]!)) return true;
  for (let i = 0; i < suffixes.length; i += 1) if (text.endsWith(suffixes[i]!)) return true;
  return false;
}
