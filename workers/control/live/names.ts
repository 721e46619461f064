/** Codes of the wire, as words: those of events. */
export {
  BREAKER_NAMES,
  type BreakerName,
  breakerName,
  HEALTH_NAMES,
  type HealthName,
  healthName,
} from "../../../src/telemetry/events/names.ts";
