import * as z from "zod";
import { setting, withDefaults } from "./setting.ts";

export const anomalyDetectionSchema = z.strictObject(
  withDefaults({
    enabled: setting(
      z.boolean(),
      "Whether endpoints are watched for becoming slower, or failing more often, than they used to and than their peers.",
      true,
      "an endpoint that degrades should be known before it fails",
    ),
    sensitivity: setting(
      z.enum(["low", "medium", "high"]),
      "How much of a change counts: half of 20, 10 or 5 % is never one, and what is above has to be proven by traffic.",
      "medium",
      "simulation: a tenth is what latencies vary by anyway",
    ),
    maxLeanPercent: setting(
      z.number().min(0).max(90),
      "Most of a degrading endpoint's share that is moved to others while it lasts; 0 is events only.",
      50,
      "half of the harm is avoided, and an endpoint that is well after all still has half of its work",
    ),
  }),
);
