/**
 * What Envoy and Istio do to headers, as Heddle's header modifier.
 *
 * They run lists of operations, level after level, where a name may come up several times; a modifier names each header
 * once. Folding keeps the result: after all operations a header is as it was plus some values, replaced, or gone.
 */

/** Names in any case. */
export type HeaderOperation =
  | { readonly type: "set" | "add"; readonly name: string; readonly value: string }
  | { readonly type: "remove"; readonly name: string };

export interface HeaderModifierConfig {
  readonly set?: readonly { readonly name: string; readonly value: string }[];
  readonly add?: readonly { readonly name: string; readonly value: string }[];
  readonly remove?: readonly string[];
}

interface Fate {
  readonly name: string;
  /** Whether what came is gone. */
  readonly replaced: boolean;
  readonly values: readonly string[];
}

/** The modifier that does what the operations do one after the other; undefined when that is nothing. Never throws. */
export function foldHeaderOperations(operations: readonly HeaderOperation[]): HeaderModifierConfig | undefined {
  const fates = new Map<string, Fate>();
  for (const operation of operations) {
    const key = operation.name.toLowerCase();
    const before = fates.get(key) ?? { name: operation.name, replaced: false, values: [] };
    if (operation.type === "remove") fates.set(key, { ...before, replaced: true, values: [] });
    else if (operation.type === "set") fates.set(key, { ...before, replaced: true, values: [operation.value] });
    else fates.set(key, { ...before, values: [...before.values, operation.value] });
  }
  const all = [...fates.values()];
  const joined = (list: readonly Fate[]) => list.map(({ name, values }) => ({ name, value: values.join(",") }));
  const set = joined(all.filter(({ replaced, values }) => replaced && values.length > 0));
  const add = joined(all.filter(({ replaced }) => !replaced));
  const remove = all.filter(({ replaced, values }) => replaced && values.length === 0).map(({ name }) => name);
  if (set.length + add.length + remove.length === 0) return undefined;
  return {
    ...(set.length > 0 && { set }),
    ...(add.length > 0 && { add }),
    ...(remove.length > 0 && { remove }),
  };
}

/**
 * The text of a header value, where "%%" is a percent sign; null when it holds a command such as
 * "%DOWNSTREAM_REMOTE_ADDRESS%", which only the proxy could fill in. Never throws.
 */
export function plainHeaderValue(value: string): string | null {
  const text = value.replaceAll("%%", "\0");
  return text.includes("%") ? null : text.replaceAll("\0", "%");
}
