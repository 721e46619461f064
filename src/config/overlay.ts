import { isRecord } from "./schema/finding.ts";

/**
 * `base` with everything that `over` states, objects field by field at any depth; lists and single values are replaced.
 * A field stated as undefined is not stated. Neither argument is changed.
 */
export function overlayDeep(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const before = base[key];
    merged[key] = isRecord(before) && isRecord(value) ? overlayDeep(before, value) : value;
  }
  return merged;
}
