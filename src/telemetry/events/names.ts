/** Codes of the wire, as words. */
import type { BreakerCode, HealthCode } from "../../core/protocol.ts";

export const HEALTH_NAMES = ["unknown", "healthy", "unhealthy", "not-ready", "drained", "disabled"] as const;
export type HealthName = (typeof HEALTH_NAMES)[number];
export const BREAKER_NAMES = ["closed", "open", "half-open"] as const;
export type BreakerName = (typeof BREAKER_NAMES)[number];

export function healthName(code: HealthCode): HealthName {
  return HEALTH_NAMES[code] ?? "unknown";
}

export function breakerName(code: BreakerCode): BreakerName {
  return BREAKER_NAMES[code] ?? "closed";
}
