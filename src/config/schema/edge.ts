import * as z from "zod";
import { durationMs } from "../duration.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { derived, setting, withDefaults } from "./setting.ts";

const timeoutOverrides = z.strictObject(
  withDefaults({
    from: setting(
      z.enum(["token", "anyone"]),
      "Whose headers count. token: callers that send the debug or the operator token in x-heddle-debug. anyone: every caller.",
      "token",
      "a stranger must not hold connections for as long as they like",
    ),
    max: setting(
      duration("1ms", "1h"),
      "The longest time that may be asked for.",
      "1m",
      "four times the default request",
    ),
  }),
);

const policy = () => z.enum(["append", "replace", "off"]);

const settings = {
  mergeSlashes: setting(
    z.boolean(),
    "Whether slashes in a row in a path are taken for one, for matching and forwarding alike. Without it //admin is no /admin here, but may be one to the origin.",
    true,
    "as in Envoy Gateway: most origins merge them, and no rule is to be walked around",
  ),
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
  timeoutOverrides: derived(
    timeoutOverrides,
    "Lets callers set the time limits of one request in whole milliseconds: x-heddle-request-timeout-ms and x-heddle-attempt-timeout-ms.",
    "nobody may",
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
