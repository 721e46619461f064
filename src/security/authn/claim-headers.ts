import type { ClaimToHeader } from "../../core/mesh.ts";

/** Longest header made from a claim, characters. */
const MAX_LENGTH = 4_096;

/**
 * Headers that say claims. Text, numbers and truth values as they are, lists of them with commas, anything else as JSON. A
 * claim that is absent, too long or cannot stand in a header (anything but printable ASCII) makes none: half of it
 * would be another word than the issuer's.
 *
 * Never throws. Linear.
 */
export function headersOfClaims(
  wanted: readonly ClaimToHeader[],
  claims: Readonly<Record<string, unknown>>,
): readonly (readonly [name: string, value: string])[] {
  return wanted.flatMap(({ claim, header }) => {
    const value = textOf(claimAt(claims, claim));
    return value !== null && value.length <= MAX_LENGTH && PRINTABLE.test(value) ? [[header, value] as const] : [];
  });
}

const PRINTABLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** By the whole name first: issuers like URLs as names of claims, which have dots of their own. */
function claimAt(claims: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  const whole = path.join(".");
  if (Object.hasOwn(claims, whole)) return claims[whole];
  let value: unknown = claims;
  for (const member of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, member)) return undefined;
    value = (value as Record<string, unknown>)[member];
  }
  return value;
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  // A text with a comma in it would read as two.
  const isPlainList = Array.isArray(value) && value.every((item) => isPlain(item) && !String(item).includes(","));
  return isPlainList ? (value as unknown[]).join(",") : JSON.stringify(value);
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
