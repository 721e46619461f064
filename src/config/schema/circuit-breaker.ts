import * as z from "zod";
import { durationMs } from "../duration.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { derived, setting, withDefaults } from "./setting.ts";

const ratio = () => z.number().gt(0).lt(1);

const settings = {
  enabled: setting(z.boolean(), "Whether merged evidence opens breakers.", true, "failing endpoints should be left"),
  normalFailureRatio: setting(
    ratio(),
    "Share of failures that an endpoint in order may have.",
    0.1,
    "simulation: drift is zero near 36 % failures",
  ),
  brokenFailureRatio: setting(ratio(), "Share of failures of a broken one.", 0.7, "simulation"),
  threshold: setting(
    z.number().gt(0).max(1_000),
    "Score of evidence (CUSUM, in nats) that opens the breaker. False alarms fall as e^-threshold.",
    12,
    "simulation: about six failures in a row",
  ),
  probeInterval: setting(
    duration("10ms", "1m"),
    "Half-open: one request is lent as a probe in each interval.",
    "250ms",
    "simulation",
  ),
  probeTtl: setting(duration("100ms", "1m"), "A lent probe that was not used is void after this.", "3s", "simulation"),
  probesToClose: setting(z.int().min(1).max(100), "Successful probes that close the breaker.", 3, "simulation"),
  localConsecutiveFailures: setting(
    z.int().min(1).max(100),
    "An isolate's own breaker: failures in a row that take an endpoint out for a moment.",
    3,
    "an isolate sees few requests; Envoy's 5 would take it too long",
  ),
  localBase: derived(
    duration("10ms", "1m"),
    "For how long at first; doubles with each further failure.",
    "1s, or localMax when that is shorter (simulation)",
  ),
  localMax: derived(
    duration("10ms", "10m"),
    "For how long at most.",
    "15s, or localBase when that is longer (simulation)",
  ),
};

const own = withDefaults(settings);
const { normalFailureRatio, brokenFailureRatio } = own;

export const circuitBreakerSchema = z.strictObject(own);

withRule(circuitBreakerSchema, { normalFailureRatio, brokenFailureRatio }, function* (ratios) {
  if (ratios.normalFailureRatio < ratios.brokenFailureRatio) return;
  const message = `${ratios.normalFailureRatio} is not below brokenFailureRatio, ${ratios.brokenFailureRatio}`;
  yield { path: ["normalFailureRatio"], message };
});
const local = { localBase: settings.localBase.schema, localMax: settings.localMax.schema };
withRule(circuitBreakerSchema, local, function* ({ localBase: base, localMax }) {
  if (durationMs(base) <= durationMs(localMax)) return;
  yield { path: ["localMax"], message: `${localMax} is shorter than localBase, ${base}` };
});
