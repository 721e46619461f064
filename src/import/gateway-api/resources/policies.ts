/** BackendTLSPolicy and the experimental XBackendTrafficPolicy, with the ranges, patterns and rules of their CRDs. */
import * as z from "zod";
import { DURATION_PATTERN, durationMs } from "../../../config/duration.ts";
import { type Finding, isRecord, withFindings } from "../../../config/schema/finding.ts";
import {
  duration,
  group,
  kind,
  listOf,
  metadata,
  objectName,
  preciseHostname,
  sectionName,
  sessionPersistence,
} from "./fields.ts";

const target = { group: group().default(""), kind: kind(), name: objectName() };

const tlsTargets = withFindings(
  z
    .array(z.strictObject({ ...target, sectionName: sectionName().optional() }))
    .min(1)
    .max(16),
  function* (list): Iterable<Finding> {
    const refs = listOf(list).filter(isRecord);
    for (const [index, ref] of refs.entries()) {
      const same = refs
        .slice(0, index)
        .filter(
          (other) => other.kind === ref.kind && other.name === ref.name && (other.group ?? "") === (ref.group ?? ""),
        );
      if (same.some((other) => (other.sectionName ?? "") === (ref.sectionName ?? ""))) {
        yield {
          path: [index],
          message: "sectionName must be unique when targetRefs includes 2 or more references to the same target",
        };
      } else if (same.some((other) => (other.sectionName === undefined) !== (ref.sectionName === undefined))) {
        yield {
          path: [index],
          message: "sectionName must be specified when targetRefs includes 2 or more references to the same target",
        };
      }
    }
  },
);

const WELL_KNOWN_PATTERN =
  /^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$/;
/** RFC 3986, appendix B, with the scheme required. */
const URI_PATTERN = /^(([^:/?#]+):)(\/\/([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?/;

const subjectAltName = z.strictObject({
  type: z.enum(["Hostname", "URI"]),
  hostname: z.string().max(253).optional(),
  uri: z
    .string()
    .max(253)
    .regex(URI_PATTERN, { error: `should match '${URI_PATTERN.source}'` })
    .optional(),
});
withFindings(subjectAltName, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  for (const [type, field, name] of [
    ["Hostname", "hostname", "Hostname"],
    ["URI", "uri", "URI"],
  ] as const) {
    const given = (value[field] ?? "") !== "";
    if (value.type === type && !given) {
      yield { path: [], message: `SubjectAltName element must contain ${name}, if Type is set to ${type}` };
    } else if (value.type !== type && given) {
      yield { path: [], message: `SubjectAltName element must not contain ${name}, if Type is not set to ${type}` };
    }
  }
});

const validation = z.strictObject({
  caCertificateRefs: z
    .array(z.strictObject({ group: group(), kind: kind(), name: objectName() }))
    .max(8)
    .default([]),
  wellKnownCACertificates: z
    .string()
    .max(253)
    .regex(WELL_KNOWN_PATTERN, { error: `should match '${WELL_KNOWN_PATTERN.source}'` })
    .optional(),
  hostname: preciseHostname(),
  subjectAltNames: z.array(subjectAltName).max(5).default([]),
});
withFindings(validation, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  const named = listOf(value.caCertificateRefs).length > 0;
  const known = (value.wellKnownCACertificates ?? "") !== "";
  if (named && known)
    yield { path: [], message: "must not contain both CACertificateRefs and WellKnownCACertificates" };
  if (!named && !known) yield { path: [], message: "must specify either CACertificateRefs or WellKnownCACertificates" };
});

export const backendTlsPolicy = z.looseObject({
  metadata,
  spec: z.strictObject({
    targetRefs: tlsTargets,
    validation,
    options: z.record(z.string(), z.string()).optional(),
  }),
});
export type BackendTlsPolicy = z.output<typeof backendTlsPolicy>;

const HOUR_MS = 3_600_000;

const budget = z.strictObject({ percent: z.int().min(0).max(100).default(20), interval: duration().default("10s") });
const minRetryRate = z.strictObject({
  count: z.int().min(1).max(1_000_000).optional(),
  interval: duration().optional(),
});
withFindings(budget, (value) =>
  intervalFindings(value, 1_000, "interval cannot be greater than one hour or less than one second"),
);
withFindings(minRetryRate, (value) => intervalFindings(value, 1, "interval cannot be greater than one hour"));

function* intervalFindings(value: unknown, minMs: number, message: string): Iterable<Finding> {
  const interval = isRecord(value) ? value.interval : undefined;
  if (typeof interval !== "string" || !DURATION_PATTERN.test(interval)) return;
  const ms = durationMs(interval);
  if (ms < minMs || ms > HOUR_MS) yield { path: ["interval"], message };
}

export const backendTrafficPolicy = z.looseObject({
  metadata,
  spec: z.strictObject({
    targetRefs: z.array(z.strictObject(target)).min(1).max(16),
    retryConstraint: z.strictObject({ budget: budget.prefault({}), minRetryRate: minRetryRate.optional() }).optional(),
    sessionPersistence: sessionPersistence.optional(),
  }),
});
export type BackendTrafficPolicy = z.output<typeof backendTrafficPolicy>;
