/** What is told of single requests: access logs, traces, data points for analytics. */
import * as z from "zod";
import { isCredential } from "../../core/credentials.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { derived, group, required, setting, withDefaults } from "./setting.ts";

const headerName = () =>
  z
    .string()
    .max(128)
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: "must be the name of a header field" });

const percent = (of: string) =>
  setting(z.number().min(0).max(100), `${of}, in percent.`, 1, "failed and slow ones are told of besides");

const slow = () =>
  setting(
    duration("0s", "1h"),
    "Requests whose answer began later than that are always told of; 0s: none is slow.",
    "1s",
    "what people notice",
  );

const enabled = setting(z.boolean(), "Whether it is on.", true, "naming it asks for it");

const redaction = z.strictObject(
  withDefaults({
    queryValues: setting(
      z.array(z.string().min(1).max(128)).max(64),
      "Query parameters whose values may be written down, as they are spelled in URLs. Of others only the name is.",
      [],
      "values are searches, names, tokens",
    ),
    clientAddress: setting(
      z.enum(["truncate", "hash", "full", "none"]),
      "truncate: 24 bits of an IPv4 address, 48 of an IPv6 one. hash: a keyed hash, with the secret HEDDLE_LOG_KEY; without the secret, none.",
      "truncate",
      "enough for a network, too little for a person",
    ),
  }),
);

const accessLog = z.strictObject(
  withDefaults({
    enabled,
    samplePercent: percent("How many of the requests that neither failed nor were slow are written down"),
    slow: slow(),
    requestHeaders: setting(
      z
        .array(
          headerName().refine((name) => !isCredential(name.toLowerCase()), {
            error: "carries credentials and is never written down",
          }),
        )
        .max(16),
      "Request header fields to write down, cut at 256 characters.",
      [],
      "none is needed, many are personal",
    ),
    linesPerSecond: setting(
      z.int().min(1).max(10_000),
      "Lines one isolate writes a second, at most; the next line says how many were left out.",
      100,
      "a mesh in trouble must not drown in its log",
    ),
  }),
);

const secretName = () =>
  z.string().regex(/^HEDDLE_OTLP_[A-Z0-9_]{1,64}$/, {
    error: "must be the name of a secret: HEDDLE_OTLP_ and capitals, digits or _",
  });

const tracing = z.strictObject(
  withDefaults({
    enabled,
    endpoint: derived(
      z.string().max(2_048).refine(isCollector, {
        error: "must be an https URL, or http, without credentials: https://collector.example/v1/traces",
      }),
      "URL that takes OTLP/HTTP traces.",
      "the variable HEDDLE_OTLP_ENDPOINT; without either, trace headers are set and nothing is exported",
    ),
    headers: setting(
      z.record(
        headerName(),
        z.union([z.string().max(1_024), z.strictObject({ secret: required(secretName(), "Name of the secret.") })]),
      ),
      "Header fields of each export: text, or { secret: NAME } for a secret of the edge Worker whose name begins with HEDDLE_OTLP_.",
      {},
      "collectors differ",
    ),
    samplePercent: percent("How many of the requests that neither failed nor were slow are traced"),
    slow: slow(),
    incoming: setting(
      z.enum(["continue", "follow", "restart"]),
      "continue: callers' traces go on, sampled by samplePercent. follow: as callers have sampled them. restart: every request begins a trace, with a link to its caller's.",
      "continue",
      "strangers must not decide how much is recorded",
    ),
    mint: setting(z.boolean(), "Whether a request that has no trace begins one.", true, "most callers send none"),
    serviceName: setting(
      z.string().min(1).max(128),
      "service.name of the spans.",
      "heddle-edge",
      "how backends list them",
    ),
    compression: setting(z.enum(["gzip", "none"]), "Of exports.", "gzip", "spans repeat themselves"),
    batchSpans: setting(
      z.int().min(1).max(4_096),
      "Spans of one export, at most.",
      512,
      "as in the OpenTelemetry SDKs",
    ),
    bufferSpans: setting(
      z.int().min(16).max(16_384),
      "Spans that wait in one isolate, at most; more are dropped and counted.",
      2_048,
      "as in the OpenTelemetry SDKs",
    ),
    delay: setting(
      duration("100ms", "20s"),
      "A span waits so long for others, at most.",
      "5s",
      "as in the OpenTelemetry SDKs; a request's own work after its answer ends after 30s",
    ),
    timeout: setting(duration("100ms", "10s"), "For one export.", "5s", "three tries fit after one answer"),
  }),
);

const analytics = z.strictObject(
  withDefaults({
    enabled,
    samplePercent: setting(
      z.number().gt(0).max(100),
      "How many of the requests that did not fail are written, in percent; each point says how many it stands for.",
      100,
      "the platform samples by itself when it has to",
    ),
  }),
);

withRule(
  tracing,
  { batchSpans: z.int().default(512), bufferSpans: z.int().default(2_048) },
  function* ({ batchSpans, bufferSpans }) {
    if (batchSpans > bufferSpans) {
      yield { path: ["batchSpans"], message: `${batchSpans} is more than bufferSpans, ${bufferSpans}` };
    }
  },
);

export const telemetrySchema = z.strictObject({
  redaction: group(redaction, "What of a request may be written down at all."),
  ...withDefaults({
    accessLog: derived(accessLog, "Lines of JSON on the Worker's console, one a request.", "none is written"),
    tracing: derived(
      tracing,
      "Spans of requests and attempts, in W3C trace context, exported as OTLP.",
      "trace headers pass through untouched",
    ),
    analytics: derived(
      analytics,
      "Data points in the Analytics Engine dataset that is bound as ANALYTICS.",
      "none is written",
    ),
  }),
});

function isCollector(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.hash === "";
}
