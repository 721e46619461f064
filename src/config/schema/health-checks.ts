import * as z from "zod";
import { durationMs } from "../duration.ts";
import { duration } from "./duration.ts";
import { type Finding, withFindings, withRule } from "./finding.ts";
import { HTTP_METHODS, headersToSend } from "./names.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

/** 200, "200", "2xx" or "200-299". */
export const STATUS_PATTERN = /^([1-5][0-9]{2}(-[1-5][0-9]{2})?|[1-5]xx)$/;
const STATUS_MESSAGE = 'expected a status such as 200, "2xx" or "200-299"';

const statuses = z.union(
  [z.int({ error: STATUS_MESSAGE }).min(100).max(599), z.string().regex(STATUS_PATTERN, { error: STATUS_MESSAGE })],
  { error: STATUS_MESSAGE },
);

const expectedStatuses = withFindings(z.array(statuses).min(1).max(32), function* (list) {
  if (!Array.isArray(list)) return;
  for (const [index, status] of list.entries()) {
    const [from, to] = String(status).split("-");
    if (STATUS_PATTERN.test(String(status)) && to !== undefined && to < from!) {
      yield { path: [index], message: `the range is empty: ${to} comes before ${from}`, suggestion: `${to}-${from}` };
    }
  }
});

const common = {
  kind: setting(
    z.enum(["liveness", "readiness"]),
    "liveness: failing means dead. readiness: failing means no new requests, and is no sign of death.",
    "liveness",
    "what one plain check means in Envoy and HAProxy",
  ),
  interval: setting(
    duration("100ms", "1h"),
    "Time between two checks of an endpoint by one region's object.",
    "10s",
    "Kubernetes probes; Envoy requires it",
  ),
  edgeInterval: derived(
    duration("100ms", "1h"),
    "The interval while the verdict is changing, so that it falls sooner.",
    "a quarter of the interval, at least 100ms (HAProxy's fastinter; Envoy keeps the interval)",
  ),
  timeout: derived(
    duration("10ms", "1m"),
    "A check without an answer for so long has failed.",
    "2s, or the interval when that is shorter (time for TCP and TLS across an ocean)",
  ),
  jitterPercent: setting(
    z.number().min(0).max(100),
    "Share of the interval added at random, so that checks do not march in step.",
    10,
    "enough to part checks that began together; Envoy: 0",
  ),
  healthyThreshold: setting(z.int().min(1).max(100), "Successes in a row that bring it up.", 2, "HAProxy's rise"),
  unhealthyThreshold: setting(
    z.int().min(1).max(100),
    "Failures in a row, of any kind, that take it down.",
    3,
    "HAProxy's fall; unlike Envoy a wrong status counts too and does not take it down at once",
  ),
};

const http = {
  method: setting(z.enum(HTTP_METHODS).exclude(["CONNECT", "TRACE"]), "Method of the check.", "GET", "as in Envoy"),
  path: setting(
    z
      .string()
      .max(2_048)
      .regex(/^\/[^\s#]*$/, { error: 'must start with "/" and hold neither spaces nor "#"' }),
    "Path and query of the check, from the endpoint's origin; its base path is not put before it.",
    "/",
    "the one path that most servers answer",
  ),
  headers: setting(
    headersToSend(),
    "Headers of the check, after the endpoint's own: a text, or { secret: NAME }.",
    {},
    "a plain request",
  ),
  expectedStatuses: setting(
    expectedStatuses,
    'Answers that count as success: 200, "2xx" or "200-299".',
    ["200-399"],
    "Kubernetes probes and HAProxy; Envoy takes 200 only",
  ),
  expectedBody: setting(
    z.string().max(1_024),
    "Text that must occur in the first 8 KiB of the body.",
    "",
    "any body will do",
  ),
};

const type = <T extends string>(value: T) => z.literal(value);
const ownCommon = withDefaults(common);

const httpCheck = z.strictObject({
  type: type("http").default("http").describe("An HTTP request. Default: http."),
  ...ownCommon,
  ...withDefaults(http),
});
const tcpCheck = z.strictObject({
  type: required(type("tcp"), "A TCP connection that is opened and closed."),
  ...ownCommon,
});

for (const check of [httpCheck, tcpCheck]) {
  const { interval } = ownCommon;
  withRule(check, { interval, timeout: common.timeout.schema }, (own) =>
    notAbove("timeout", own.timeout, own.interval),
  );
  withRule(check, { interval, edgeInterval: common.edgeInterval.schema }, (own) =>
    notAbove("edgeInterval", own.edgeInterval, own.interval),
  );
}

export const healthCheckSchema = z
  .discriminatedUnion("type", [httpCheck, tcpCheck])
  .describe("An active check, made by the service's object in each region that sends it traffic.");

function* notAbove(field: string, value: string, interval: string): Iterable<Finding> {
  if (durationMs(value) <= durationMs(interval)) return;
  yield { path: [field], message: `${value} is longer than the interval, ${interval}` };
}
