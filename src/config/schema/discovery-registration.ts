/** Instances that register themselves. */
import * as z from "zod";
import { durationMs as ms } from "../duration.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { derived, setting, withDefaults } from "./setting.ts";

const challenge = z.strictObject(
  withDefaults({
    path: setting(
      z
        .string()
        .max(1_024)
        .regex(/^\/[\x21-\x7e]*$/, { error: 'must be a path such as "/ready"' }),
      "Path below the instance's URL that is asked, with ?nonce=….",
      "/.well-known/heddle-challenge",
      "RFC 8615",
    ),
    answer: setting(
      z.enum(["nonce", "hmac"]),
      "What the body of a 200 answer has to be: the nonce, or the HMAC-SHA-256 in hex of service, instance and nonce, each on a line, under the key of HEDDLE_CHALLENGE_KEY.",
      "nonce",
      "it needs no key",
    ),
    timeout: setting(duration("100ms", "30s"), "The answer has to be there within this.", "3s", "as for health checks"),
  }),
);

const times = withDefaults({
  ttl: setting(
    duration("1s", "1h"),
    "An instance without a heartbeat for so long has expired, if it asks for nothing else.",
    "15s",
    "three heartbeats of five seconds",
  ),
  minTtl: setting(duration("1s", "1h"), "The shortest that an instance may ask for.", "5s", "heartbeats cost requests"),
  maxTtl: setting(
    duration("1s", "24h"),
    "The longest that an instance may ask for.",
    "5m",
    "a dead instance stays so long",
  ),
});

export const registrationSchema = z.strictObject({
  ...times,
  ...withDefaults({
    priority: setting(
      z.int().min(0).max(127),
      "Priority of registered endpoints.",
      0,
      "as of endpoints that are configured",
    ),
    challenge: derived(
      challenge,
      "An instance gets no traffic before its URL has answered a challenge; {} takes all defaults.",
      "its token is enough",
    ),
  }),
});

const { ttl, minTtl, maxTtl } = times;

withRule(registrationSchema, { ttl, minTtl, maxTtl }, function* (own) {
  if (ms(own.minTtl) > ms(own.maxTtl)) yield { path: ["minTtl"], message: `is longer than maxTtl, ${own.maxTtl}` };
  else if (ms(own.ttl) < ms(own.minTtl)) yield { path: ["ttl"], message: `is shorter than minTtl, ${own.minTtl}` };
  else if (ms(own.ttl) > ms(own.maxTtl)) yield { path: ["ttl"], message: `is longer than maxTtl, ${own.maxTtl}` };
});
