/** Filters that copy, answer or disturb traffic: mirror, direct response, fault injection, filters from code. */
import * as z from "zod";
import { duration } from "./duration.ts";
import { extensionOf } from "./extension.ts";
import { type Finding, isRecord, withFindings } from "./finding.ts";
import { headersToSet } from "./names.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

const percent = () => z.number().min(0).max(100);

const fraction = withFindings(
  z.strictObject({
    numerator: required(z.int().min(0).max(2_147_483_647), "So many …"),
    ...withDefaults({
      denominator: setting(z.int().min(1).max(2_147_483_647), "… of so many requests.", 100, "as in the Gateway API"),
    }),
  }),
  function* (value): Iterable<Finding> {
    if (!isRecord(value) || typeof value.numerator !== "number") return;
    const denominator = value.denominator === undefined ? 100 : value.denominator;
    if (typeof denominator !== "number" || value.numerator <= denominator) return;
    yield { path: ["numerator"], message: `${value.numerator} of ${denominator} is more than all` };
  },
);

export const requestMirror = withFindings(
  z.strictObject({
    backendRef: required(
      z.strictObject({
        service: required(z.string().min(1).max(253), "Name or alias of the service."),
        ...withDefaults({ subset: derived(z.string().min(1).max(63), "A subset of it.", "the whole service") }),
      }),
      "The service that gets a copy of the request. Its answers are ignored, and it is asked once: no retries.",
    ),
    ...withDefaults({
      percent: derived(percent(), "Percent of the requests.", "100, unless fraction is given"),
      fraction: derived(fraction, "The same as a fraction.", "percent"),
      maxBodyBytes: setting(
        z.int().min(0).max(8_388_608),
        "Requests with a larger body are not mirrored, nor those larger than the service's retry.bufferBytes.",
        65_536,
        "what is kept for retries anyway",
      ),
    }),
  }),
  function* (value): Iterable<Finding> {
    if (!isRecord(value) || value.percent === undefined || value.fraction === undefined) return;
    yield { path: ["fraction"], message: "does not go with percent: one of them says how many" };
  },
);

export const directResponse = z.strictObject(
  withDefaults({
    status: setting(z.int().min(200).max(599), "Status of the answer.", 200, "a good answer"),
    headers: setting(headersToSet(), "Headers of the answer.", {}, "only what every answer has"),
    body: setting(z.string().max(65_536), "Body of the answer, sent as it is.", "", "no body"),
  }),
);

const delay = z.strictObject({
  duration: required(duration("1ms", "1m"), "How long."),
  percent: required(percent(), "Percent of the requests."),
});

const abort = z.strictObject({
  status: required(z.int().min(400).max(599), "Status of the answer that is given instead."),
  percent: required(percent(), "Percent of the requests that are left after the delay."),
});

export const faultInjection = withFindings(
  z.strictObject(
    withDefaults({
      delay: derived(delay, "Requests wait before anything else is done with them.", "none"),
      abort: derived(abort, "Requests are answered by an error.", "none"),
      byHeader: setting(
        z.boolean(),
        "Whether callers with the debug token may ask for faults: x-heddle-fault-delay-ms (at most 60000) and x-heddle-fault-abort (a status).",
        false,
        "nobody may",
      ),
    }),
  ),
  function* (value): Iterable<Finding> {
    if (!isRecord(value) || value.delay !== undefined || value.abort !== undefined || value.byHeader === true) return;
    yield { path: [], message: "injects nothing: neither delay, abort nor byHeader is given" };
  },
);

export const extensionRef = extensionOf("filter");
