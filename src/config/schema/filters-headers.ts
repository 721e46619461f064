/** Filters that change headers: what may be set, added and removed, of requests and of answers. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "./finding.ts";
import { CONNECTION_HEADERS, headerName, headerValue } from "./names.ts";
import { secretValueSchema } from "./secret-ref.ts";
import { required, setting, withDefaults } from "./setting.ts";

/** Host is the URL's, Via is how loops are stopped, and the last is for one hop: none of them is a filter's to say. */
const OF_THE_REQUEST = [...CONNECTION_HEADERS, "host", "via", "proxy-authorization"];
/** The platform would encode the body anew, to a length that is no longer the one announced. */
const OF_THE_ANSWER = [...CONNECTION_HEADERS, "content-encoding", "proxy-authenticate"];

const OURS = /^x-heddle-/i;

export const requestHeaderModifier = modifier(OF_THE_REQUEST, z.union([headerValue(), secretValueSchema]));
export const responseHeaderModifier = modifier(OF_THE_ANSWER, headerValue());

/** Each name in one list only, as the Gateway API asks, whatever its case. */
function modifier<V extends z.ZodType>(refused: readonly string[], settable: V) {
  const name = () =>
    headerName().refine((given) => !refused.includes(given.toLowerCase()) && !OURS.test(given), {
      error:
        "is not a header that filters may change: it belongs to the connection or the message, or is one of Heddle's own (x-heddle-…)",
    });
  const header = <T extends z.ZodType>(value: T, text: string) =>
    z.strictObject({
      name: required(name(), "Name of the header; case does not matter."),
      value: required(value, text),
    });
  const headers = z
    .array(
      header(
        settable,
        "Its value; may be empty. Several are written with commas between them. Of a request, also { secret: NAME }.",
      ),
    )
    .max(64);
  // What is added stands beside what the caller said: no place for a proof.
  const added = z.array(header(headerValue(), "A value; may be empty.")).max(64);
  const schema = z.strictObject(
    withDefaults({
      set: setting(headers, "Headers that get this value, in place of any they have.", [], "as in the Gateway API"),
      add: setting(added, "Values added to those that a header has.", [], "as in the Gateway API"),
      remove: setting(z.array(name()).max(64), "Headers that are taken away.", [], "as in the Gateway API"),
    }),
  );
  return withFindings(schema, namedTwice);
}

function* namedTwice(value: unknown): Iterable<Finding> {
  if (!isRecord(value)) return;
  const seen = new Set<string>();
  for (const list of ["set", "add", "remove"] as const) {
    const entries = value[list];
    for (const [index, entry] of (Array.isArray(entries) ? entries : []).entries()) {
      const name = isRecord(entry) ? entry.name : entry;
      if (typeof name !== "string") continue;
      const key = name.toLowerCase();
      if (seen.has(key)) {
        const path = isRecord(entry) ? [list, index, "name"] : [list, index];
        yield { path, message: `header ${name} is named twice: one action for each header` };
      }
      seen.add(key);
    }
  }
}
