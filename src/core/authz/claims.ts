/**
 * Claims of a credential as policies see them: texts, and lists of which any may fit. Numbers and booleans count as they
 * are written in JSON, or a refusal of `suspended: "true"` would let `suspended: true` pass.
 *
 * Source: Istio, request.auth.claims; RFC 8693, section 4.2, for lists that are written as one text with spaces.
 */
import { hasText, type ValueSet } from "./value-set.ts";

/** Claims that are lists, whatever they look like. As in Istio. */
const SPACE_DELIMITED: ReadonlySet<string> = new Set(["scope", "permission"]);

/** Whether a claim, or a member of it when it is a list, fits. Never throws; allocates for lists with spaces only. */
export function hasClaim(
  claims: Readonly<Record<string, unknown>>,
  path: readonly string[],
  values: ValueSet,
): boolean {
  let value: unknown = claims;
  for (let i = 0; i < path.length; i += 1) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    if (!Object.hasOwn(value, path[i]!)) return false;
    value = (value as Record<string, unknown>)[path[i]!];
  }
  if (typeof value === "string" && path.length === 1 && SPACE_DELIMITED.has(path[0]!)) {
    return value.includes(" ") ? value.split(" ").some((word) => hasText(values, word)) : hasText(values, value);
  }
  return fits(value, values);
}

function fits(value: unknown, values: ValueSet): boolean {
  if (typeof value === "string") return hasText(values, value);
  if (typeof value === "number" || typeof value === "boolean") return hasText(values, String(value));
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i += 1) {
    const member: unknown = value[i];
    if (!Array.isArray(member) && fits(member, values)) return true;
  }
  return false;
}
