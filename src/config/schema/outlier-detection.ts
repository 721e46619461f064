/**
 * Envoy's outlier detection under Envoy's names. Ejection times and the ceiling are ours: Envoy ejects for 30 s and then
 * lets all traffic return at once, so it has to be sure and slow; here an ejected endpoint comes back through lent
 * probes and slow start, so a short ejection costs little when it was wrong.
 */
import * as z from "zod";
import { durationMs } from "../duration.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { derived, setting, withDefaults } from "./setting.ts";

const inARow = () => z.int().min(0).max(10_000);
const chance = () => z.number().min(0).max(100);
const hosts = () => z.int().min(1).max(1_000);
const volume = () => z.int().min(1).max(1_000_000);

const ejectionTime = () => duration("100ms", "1h");

const settings = {
  enabled: setting(z.boolean(), "Whether traffic is judged by these detectors.", true, "Envoy: off until configured"),
  consecutive5xx: setting(
    inARow(),
    "5xx answers in a row (or no answer, unless those are split off) that eject; 0 is off.",
    5,
    "as in Envoy",
  ),
  consecutiveGatewayFailure: setting(
    inARow(),
    "502, 503, 504 or no answer in a row that eject; 0 is off.",
    5,
    "as in Envoy",
  ),
  consecutiveLocalOriginFailure: setting(
    inARow(),
    "Failures to get any answer in a row that eject, where split off; 0 is off.",
    5,
    "as in Envoy",
  ),
  splitExternalLocalOriginErrors: setting(
    z.boolean(),
    "Whether missing answers (connect failure, timeout, reset) are counted apart from 5xx answers.",
    false,
    "as in Envoy",
  ),
  enforcingConsecutive5xx: setting(chance(), "Percent chance that consecutive5xx ejects.", 100, "as in Envoy"),
  enforcingConsecutiveGatewayFailure: setting(
    chance(),
    "Percent chance that consecutiveGatewayFailure ejects.",
    0,
    "as in Envoy: consecutive5xx counts the same failures",
  ),
  enforcingConsecutiveLocalOriginFailure: setting(
    chance(),
    "Percent chance that consecutiveLocalOriginFailure ejects.",
    100,
    "as in Envoy",
  ),
  interval: setting(
    duration("100ms", "1h"),
    "Period over which success rate and failure percentage are judged.",
    "10s",
    "as in Envoy",
  ),
  baseEjectionTime: derived(
    ejectionTime(),
    "First ejection; the second soon after takes twice as long, the third three times.",
    "2s, or maxEjectionTime when that is shorter (simulation; Envoy: 30s, times the number of ejections, and no probes)",
  ),
  maxEjectionTime: derived(
    ejectionTime(),
    "Longest ejection.",
    "10s, or baseEjectionTime when that is longer (simulation; Envoy: 300s)",
  ),
  maxEjectionTimeJitter: setting(
    duration("0s", "1h"),
    "Up to so much is added at random, so that endpoints do not come back in step.",
    "200ms",
    "a tenth of the first ejection; Envoy: 0s",
  ),
  maxEjectionPercent: setting(
    z.number().min(0).max(100),
    "Percent of the endpoints, and of each cloud's, that may be out at once.",
    50,
    "two of four clouds; Envoy: 10, which ejects nothing in a pool of fewer than ten",
  ),
  minEjectionHosts: setting(
    z.int().min(0).max(1_000),
    "So many endpoints may be out whatever the percentage says.",
    1,
    "Envoy's always_eject_one_host, in hosts; off there",
  ),
  successRateMinimumHosts: setting(
    hosts(),
    "Endpoints with enough requests that the success rate needs for a comparison.",
    5,
    "as in Envoy: a standard deviation of fewer says little",
  ),
  successRateRequestVolume: setting(volume(), "Requests in an interval that count as enough.", 100, "as in Envoy"),
  successRateStdevFactor: setting(
    z.int().min(0).max(100_000),
    "Ejected below mean - factor/1000 standard deviations; 0 is off.",
    1_900,
    "as in Envoy",
  ),
  enforcingSuccessRate: setting(chance(), "Percent chance that a low success rate ejects.", 100, "as in Envoy"),
  failurePercentageThreshold: setting(
    z.int().min(0).max(100),
    "Ejected at this percentage of failures in an interval or above; 0 is off.",
    85,
    "as in Envoy",
  ),
  failurePercentageMinimumHosts: setting(
    hosts(),
    "Endpoints with enough requests that the failure percentage needs.",
    5,
    "as in Envoy",
  ),
  failurePercentageRequestVolume: setting(volume(), "Requests in an interval that count as enough.", 50, "as in Envoy"),
  enforcingFailurePercentage: setting(
    chance(),
    "Percent chance that a high failure percentage ejects.",
    0,
    "as in Envoy; the circuit breaker judges single endpoints",
  ),
  successfulActiveHealthCheckUneject: setting(
    z.boolean(),
    "Whether a passing active check ends an ejection.",
    true,
    "as in Envoy",
  ),
};

export const outlierDetectionSchema = z.strictObject(withDefaults(settings));

const times = { baseEjectionTime: ejectionTime(), maxEjectionTime: ejectionTime() };
withRule(outlierDetectionSchema, times, function* (said) {
  if (durationMs(said.baseEjectionTime) <= durationMs(said.maxEjectionTime)) return;
  const message = `${said.maxEjectionTime} is shorter than baseEjectionTime, ${said.baseEjectionTime}`;
  yield { path: ["maxEjectionTime"], message };
});
