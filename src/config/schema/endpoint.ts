import * as z from "zod";
import { endpointCredentials } from "./credentials/credentials.ts";
import { type Finding, recordOf, withFindings } from "./finding.ts";
import { headersToSend, name } from "./names.ts";
import { required, setting, withDefaults } from "./setting.ts";
import { ownClientCertificate } from "./transport.ts";

/** One report of an isolate lists at most so many (MAX_REPORT_ENDPOINTS of the wire protocol). */
export const MAX_ENDPOINTS = 1_000;

const place = () =>
  z
    .string()
    .max(64)
    .regex(/^[\x20-\x7e]*$/, { error: "must be plain text" });

const url = withFindings(
  z
    .string({
      error: ({ input }) => (input === undefined ? undefined : 'expected a URL such as "https://shop.example.com"'),
    })
    .max(2_048)
    .meta({ pattern: "^[hH][tT][tT][pP][sS]?://" }),
  (text) => (typeof text === "string" ? urlFindings(text) : []),
);

function* urlFindings(text: string): Iterable<Finding> {
  const path: [] = [];
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    const fixed = `https://${text}`;
    const message = 'is not an absolute URL such as "https://shop.example.com"';
    yield !text.includes(":/") && URL.canParse(fixed) ? { path, message, suggestion: fixed } : { path, message };
    return;
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    yield { path, message: `must be http or https, not ${parsed.protocol.slice(0, -1)}` };
    return;
  }
  if (parsed.username !== "" || parsed.password !== "") {
    yield { path, message: "must not hold credentials: send them in `headers`" };
  }
  if (text.includes("?")) yield { path, message: "must not have a query: the request's own is used" };
  if (text.includes("#")) yield { path, message: "must not have a fragment: it is never sent" };
}

const settings = {
  weight: setting(
    z.number().gt(0).max(1_000_000),
    "Share of traffic relative to the other endpoints of its priority.",
    1,
    "as in Envoy",
  ),
  priority: setting(
    z.int().min(0).max(127),
    "0 is tried first; higher ones get what lower ones cannot take.",
    0,
    "as in Envoy",
  ),
  labels: setting(
    recordOf(/^[A-Za-z0-9][A-Za-z0-9./_-]{0,62}$/, "must be 1 to 63 letters, digits or ./_-", z.string().max(256)),
    "Free text by name, shown in the state and by `explain`.",
    {},
    "they are for people",
  ),
  headers: setting(
    headersToSend(),
    'Headers set on requests towards this endpoint, and on its checks: a text, or `{ secret: NAME, prefix: "Bearer " }`. A request whose secret is not there is not sent.',
    {},
    "a request carries what it came with",
  ),
  costPerGb: setting(
    z.number().min(0).max(1_000),
    "Price of a GB from here in any one currency; the `score` policy can weigh it.",
    0,
    "unknown",
  ),
  credentials: endpointCredentials,
  clientCertificate: ownClientCertificate,
};

const localityFields = {
  cloud: setting(place(), "Provider: aws, gcp, azure … Retries leave the cloud that failed first.", "", "unknown"),
  region: setting(
    place(),
    "The provider's region name, such as us-east-1. Known names tell how far it is.",
    "",
    "unknown",
  ),
  zone: setting(place(), "Zone in the region.", "", "unknown"),
};

export const endpointSchema = z.strictObject({
  id: required(name(), "Name of the endpoint, unique in its service. Seen in headers, metrics and the state."),
  url: required(
    url,
    "Absolute http or https URL, with a base path if there is one; no credentials, query or fragment.",
  ),
  ...withDefaults(settings),
  locality: z
    .strictObject(withDefaults(localityFields))
    .prefault({})
    .describe("Where it runs. Endpoints of one cloud or region that fail together are one outage. Default: unknown."),
});
