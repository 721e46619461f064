/** Ids of endpoints that discovery makes up: the same for the same thing, whatever the order in which it is found. */
import { xxh64 } from "../core/balance/xxhash64.ts";

/** Of every endpoint of the mesh (src/config/schema/names.ts). */
const MAX_LENGTH = 63;
const HASH_DIGITS = 16;
const hash = new Uint32Array(2);

/**
 * Puts the parts together, e.g. ["eu", "shop", "web"] to "eu.shop.web".
 *
 * Never throws. What an id cannot hold becomes "-". An id that is too long, or that had to be changed, ends with a hash of
 * the parts, so that two never become one. No parts, or empty ones, give a hash alone.
 */
export function endpointId(parts: readonly string[]): string {
  const whole = parts.join(".");
  const safe = whole.replace(/[^A-Za-z0-9._-]/g, "-").replace(/^[._-]+|[._-]+$/g, "");
  if (safe === whole && safe !== "" && safe.length <= MAX_LENGTH && parts.every((part) => part !== "")) return safe;
  xxh64(parts.join("\n"), 0, hash);
  const digits = [...hash].map((half) => half.toString(16).padStart(8, "0")).join("");
  const kept = safe.slice(0, MAX_LENGTH - HASH_DIGITS - 1).replace(/[._-]+$/, "");
  return kept === "" ? digits : `${kept}-${digits}`;
}
