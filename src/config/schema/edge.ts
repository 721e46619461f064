import * as z from "zod";
import { durationMs } from "../duration.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { derived, setting, withDefaults } from "./setting.ts";

const policy = () => z.enum(["append", "replace", "off"]);

const settings = {
  xForwarded: setting(
    policy(),
    "X-Forwarded-For, -Proto and -Host. append: extend what came. replace: drop what came. off: leave alone.",
    "replace",
    "what a downstream says of itself is not to be trusted",
  ),
  forwarded: setting(policy(), "The same for Forwarded (RFC 7239).", "off", "few upstreams read it"),
  via: setting(
    z.boolean(),
    "Whether to add ourselves to Via, which also stops loops.",
    true,
    "RFC 9110 asks it of gateways",
  ),
  maxHops: setting(
    z.int().min(1).max(100),
    "A request that passed this mesh more often is stopped.",
    3,
    "enough for a mesh that calls itself on purpose",
  ),
  timeoutHeader: setting(
    z.boolean(),
    "Whether to tell the endpoint the time that is left, in x-heddle-timeout-ms.",
    true,
    "work nobody waits for can be dropped; Envoy does the same",
  ),
  coldWait: setting(
    duration("0s", "1s"),
    "How long a cold isolate waits for a first snapshot, at most.",
    "50ms",
    "one round trip to an object on the same continent",
  ),
  syncMin: derived(
    duration("100ms", "1m"),
    "Time between two syncs of a busy isolate.",
    "1s, or syncMax when that is shorter (simulation)",
  ),
  syncMax: derived(
    duration("100ms", "1m"),
    "Time between two syncs of a quiet one.",
    "5s, or syncMin when that is longer: snapshots older than 5s are distrusted",
  ),
};

const { syncMin, syncMax } = settings;

export const edgeSchema = z.strictObject(withDefaults(settings));

withRule(edgeSchema, { syncMin: syncMin.schema, syncMax: syncMax.schema }, function* ({ syncMin: min, syncMax: max }) {
  if (durationMs(min) > durationMs(max)) yield { path: ["syncMax"], message: `${max} is shorter than syncMin, ${min}` };
});
