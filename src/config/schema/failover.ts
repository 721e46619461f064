import * as z from "zod";
import { duration } from "./duration.ts";
import { derived, setting, withDefaults } from "./setting.ts";

export const failoverSchema = z.strictObject(
  withDefaults({
    mode: derived(
      z.enum(["direct", "time-window", "learning"]),
      "direct: a failed attempt moves on at once, and only the breaker remembers. time-window: an endpoint is left only after `failures` within `window`, and is back only after `quiet` without one. learning: the adaptive policy's probabilities decide.",
      "learning with the adaptive policy, else direct",
    ),
    failures: setting(
      z.int().min(1).max(1_000),
      "time-window: failures that make an endpoint be left.",
      3,
      "HAProxy's fall",
    ),
    window: setting(
      duration("100ms", "1h"),
      "time-window: the time within which they count.",
      "10s",
      "Envoy's interval",
    ),
    quiet: setting(
      duration("100ms", "24h"),
      "time-window: time without a failure after which an endpoint is back.",
      "30s",
      "Envoy's base ejection time",
    ),
    explorationFloor: setting(
      z.number().min(0).max(0.1),
      "learning: least probability of an endpoint that may take traffic, so that better ones are noticed.",
      0.002,
      "simulation",
    ),
    priorities: setting(
      z.enum(["proportional", "strict"]),
      "proportional: traffic spills to the next priority as health falls. strict: a priority is used until none of it is available.",
      "proportional",
      "as in Envoy",
    ),
    allOut: setting(
      z.enum(["panic", "fail", "nextPriority"]),
      "When no endpoint is available. panic: any endpoint. fail: 503 UH, then `fallback`. nextPriority: any endpoint of the last priority.",
      "panic",
      "as in Envoy: a wrong verdict on all is likelier than all being down",
    ),
  }),
);
