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
  const value = claimAt(claims, path);
  if (!Array.isArray(value)) return fits(value, values);
  for (let i = 0; i < value.length; i += 1) if (fits(value[i], values)) return true;
  return false;
}

/** A claim; the words of one that is a list by its name. Undefined when there is none. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (let i = 0; i < path.length; i += 1) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, path[i]!)) return undefined;
    value = (value as Record<string, unknown>)[path[i]!];
  }
  const isSpaced = path.length === 1 && typeof value === "string" && value.includes(" ");
  return isSpaced && SPACE_DELIMITED.has(path[0]!) ? (value as string).split(" ") : value;
}

/** What a claim, or a member of a list, is compared as; null for what nothing fits. */
export function claimText(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

function fits(value: unknown, values: ValueSet): boolean {
  const text = claimText(value);
  return text !== null && hasText(values, text);
}
