import * as z from "zod";
import { duration } from "./duration.ts";
import { type Finding, isRecord, withFindings } from "./finding.ts";
import { headersToSet, placedName } from "./names.ts";
import { required, setting, withDefaults } from "./setting.ts";

const staleIfError = z.strictObject(
  withDefaults({
    maxAge: setting(
      duration("1s", "24h"),
      "How old the kept answer may be.",
      "1h",
      "long enough for most outages of a region",
    ),
  }),
);

const response = z.strictObject(
  withDefaults({
    status: setting(z.int().min(200).max(599), "Status of the answer.", 503, "what it is: unavailable"),
    headers: setting(headersToSet(), "Headers of the answer.", {}, "only what every answer has"),
    body: setting(z.string().max(65_536), "Body of the answer, sent as it is.", "", "no body"),
  }),
);

const step = z.union([
  z.strictObject({
    service: required(placedName(), "Another service, by name or alias, with its own settings and fallback."),
  }),
  z.strictObject({ staleIfError: required(staleIfError, "The last good answer to the same request, from the cache.") }),
  z.strictObject({ response: required(response, "A fixed answer. Nothing is tried after it.") }),
]);

export const fallbackSchema = withFindings(z.array(step).max(8), neverReached);

function* neverReached(steps: unknown): Iterable<Finding> {
  if (!Array.isArray(steps)) return;
  const fixed = steps.findIndex((step) => isRecord(step) && "response" in step);
  if (fixed === -1 || fixed === steps.length - 1) return;
  yield { path: [fixed + 1], message: "is never reached: the fixed response before it always answers" };
}
