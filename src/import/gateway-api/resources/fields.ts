/** What the resources of the Gateway API share, with the ranges and patterns of its CRDs. */
import * as z from "zod";
import { DURATION_PATTERN } from "../../../config/duration.ts";
import { type Finding, isRecord, withFindings } from "../../../config/schema/finding.ts";

export const GATEWAY_GROUP = "gateway.networking.k8s.io";

const GROUP_PATTERN = /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const KIND_PATTERN = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const NAMESPACE_PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN_PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const HOSTNAME_PATTERN = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
export const HEADER_NAME_PATTERN = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

/** Text that has to match one of the standard's patterns. */
export function text(pattern: RegExp, max: number, min = 1) {
  return z
    .string()
    .min(min)
    .max(max)
    .regex(pattern, { error: `should match '${pattern.source}'` });
}

export const group = () => text(GROUP_PATTERN, 253, 0);
export const kind = () => text(KIND_PATTERN, 63);
export const objectName = () => z.string().min(1).max(253);
export const namespace = () => text(NAMESPACE_PATTERN, 63);
export const sectionName = () => text(SUBDOMAIN_PATTERN, 253);
export const hostname = () => text(HOSTNAME_PATTERN, 253);
export const preciseHostname = () => text(SUBDOMAIN_PATTERN, 253);
export const headerName = () => text(HEADER_NAME_PATTERN, 256);
export const port = () => z.int().min(1).max(65_535);
export const duration = () =>
  z.string().regex(DURATION_PATTERN, { error: `should match '${DURATION_PATTERN.source}'` });
export const labels = () => z.record(z.string(), z.string());

export const metadata = z.looseObject({
  name: objectName(),
  namespace: z.string().max(63).optional(),
  labels: labels().optional(),
  creationTimestamp: z.string().optional(),
});

export const parentRef = z.strictObject({
  group: group().default(GATEWAY_GROUP),
  kind: kind().default("Gateway"),
  namespace: namespace().optional(),
  name: objectName(),
  sectionName: sectionName().optional(),
  port: port().optional(),
});
export type ParentRef = z.output<typeof parentRef>;

/** Within one route, two references to the same parent have to name different parts of it, and both have to name one. */
export const parentRefs = withFindings(z.array(parentRef).max(32).default([]), function* (list): Iterable<Finding> {
  const refs = listOf(list).filter(isRecord);
  for (const [index, ref] of refs.entries()) {
    const others = refs.slice(0, index).filter((other) => sameParent(ref, other));
    if (
      others.some(
        (other) => (ref.sectionName ?? "") === (other.sectionName ?? "") && (ref.port ?? 0) === (other.port ?? 0),
      )
    ) {
      const message =
        ref.sectionName === undefined && ref.port === undefined
          ? "sectionName or port must be specified when parentRefs includes 2 or more references to the same parent"
          : "sectionName or port must be unique when parentRefs includes 2 or more references to the same parent";
      yield { path: [index], message };
    } else if (others.some((other) => !bothSpecific(ref, other))) {
      const message =
        "sectionName or port must be specified when parentRefs includes 2 or more references to the same parent";
      yield { path: [index], message };
    }
  }
});

function sameParent(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return (
    (a.group ?? GATEWAY_GROUP) === (b.group ?? GATEWAY_GROUP) &&
    (a.kind ?? "Gateway") === (b.kind ?? "Gateway") &&
    a.name === b.name &&
    (a.namespace ?? "") === (b.namespace ?? "")
  );
}

/** Either both name a section or neither; the same for the port; and at least one of the two is named. */
function bothSpecific(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const sections = [a, b].filter(({ sectionName: name }) => name !== undefined).length;
  const ports = [a, b].filter(({ port: number }) => number !== undefined).length;
  return sections !== 1 && ports !== 1 && sections + ports > 0;
}

/** A service or another thing that requests can be sent to. */
export const backendObjectRef = z.strictObject({
  group: group().default(""),
  kind: kind().default("Service"),
  name: objectName(),
  namespace: namespace().optional(),
  port: port().optional(),
});
withFindings(backendObjectRef, portFindings);
export type BackendObjectRef = z.output<typeof backendObjectRef>;

export function* portFindings(ref: unknown): Iterable<Finding> {
  if (!isRecord(ref) || ref.port !== undefined) return;
  if ((ref.group ?? "") !== "" || (ref.kind ?? "Service") !== "Service") return;
  yield { path: [], message: "Must have port for Service reference" };
}

export const sessionPersistence = z.strictObject({
  type: z.enum(["Cookie", "Header"]).default("Cookie"),
  cookie: z
    .strictObject({ name: text(HEADER_NAME_PATTERN, 128), lifetimeType: lifetime().default("Session") })
    .optional(),
  header: z.strictObject({ name: text(HEADER_NAME_PATTERN, 256) }).optional(),
  /** Before v1.7 these two were where `cookie` and `header` are. */
  sessionName: z.string().max(128).optional(),
  cookieConfig: z.strictObject({ lifetimeType: lifetime().default("Session") }).optional(),
  absoluteTimeout: duration().optional(),
  idleTimeout: duration().optional(),
});
export type SessionPersistence = z.output<typeof sessionPersistence>;

withFindings(sessionPersistence, function* (session): Iterable<Finding> {
  if (!isRecord(session)) return;
  const type = session.type ?? "Cookie";
  const isOldForm = session.sessionName !== undefined || session.cookieConfig !== undefined;
  for (const [own, other] of [
    ["cookie", "header"],
    ["header", "cookie"],
  ] as const) {
    if (type !== (own === "cookie" ? "Cookie" : "Header")) continue;
    if (session[own] === undefined && !isOldForm)
      yield { path: [], message: `${own} must be specified for ${type} type` };
    if (session[other] !== undefined) {
      yield { path: [other], message: `${other} must be nil if type is not ${own === "cookie" ? "Header" : "Cookie"}` };
    }
  }
  const cookie = session.cookie ?? session.cookieConfig;
  if (isRecord(cookie) && cookie.lifetimeType === "Permanent" && session.absoluteTimeout === undefined) {
    yield { path: [], message: "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent" };
  }
});

function lifetime() {
  return z.enum(["Session", "Permanent"]);
}

/** The entries of a list that may be anything. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
