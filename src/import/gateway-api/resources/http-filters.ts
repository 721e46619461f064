/** Filters of HTTPRoute and GRPCRoute rules, and what the CRDs' rules say of lists of them. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "../../../config/schema/finding.ts";
import { backendObjectRef, group, headerName, kind, listOf, objectName, port, preciseHostname } from "./fields.ts";

const header = z.strictObject({ name: headerName(), value: z.string().min(1).max(4_096) });
const headers = () => z.array(header).max(16).default([]);

const headerModifier = () =>
  z.strictObject({ set: headers(), add: headers(), remove: z.array(z.string()).max(16).default([]) });

const pathModifier = z.strictObject({
  type: z.enum(["ReplaceFullPath", "ReplacePrefixMatch"]),
  replaceFullPath: z.string().max(1_024).optional(),
  replacePrefixMatch: z.string().max(1_024).optional(),
});
withFindings(pathModifier, function* (modifier): Iterable<Finding> {
  if (!isRecord(modifier)) return;
  for (const [type, field] of [
    ["ReplaceFullPath", "replaceFullPath"],
    ["ReplacePrefixMatch", "replacePrefixMatch"],
  ]) {
    if (modifier.type === type && modifier[field!] === undefined) {
      yield { path: [], message: `${field} must be specified when type is set to '${type}'` };
    } else if (modifier.type !== type && modifier[field!] !== undefined) {
      yield { path: [field!], message: `type must be '${type}' when ${field} is set` };
    }
  }
});

const redirect = z.strictObject({
  scheme: z.enum(["http", "https"]).optional(),
  hostname: preciseHostname().optional(),
  path: pathModifier.optional(),
  port: port().optional(),
  statusCode: z.literal([301, 302, 303, 307, 308]).default(302),
});

const rewrite = z.strictObject({ hostname: preciseHostname().optional(), path: pathModifier.optional() });

const fraction = z.strictObject({ numerator: z.int().min(0), denominator: z.int().min(1).default(100) });
withFindings(fraction, function* (value): Iterable<Finding> {
  if (!isRecord(value) || typeof value.numerator !== "number") return;
  if (value.numerator > Number(value.denominator ?? 100)) {
    yield { path: [], message: "numerator must be less than or equal to denominator" };
  }
});

const mirror = z.strictObject({
  /** Without one there is nothing to mirror to; the rest of the route holds all the same. */
  backendRef: backendObjectRef.optional(),
  percent: z.int().min(0).max(100).optional(),
  fraction: fraction.optional(),
});
withFindings(mirror, function* (value): Iterable<Finding> {
  if (isRecord(value) && value.percent !== undefined && value.fraction !== undefined) {
    yield { path: [], message: "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter" };
  }
});

const ORIGIN_PATTERN =
  /^(\*|https?:\/\/(\*|(\*\.)?([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\[[0-9A-Fa-f:.]+\])(:([0-9]{1,5}))?)$/;

const cors = z.strictObject({
  allowOrigins: z
    .array(
      z
        .string()
        .max(253)
        .regex(ORIGIN_PATTERN, { error: `should match '${ORIGIN_PATTERN.source}'` }),
    )
    .max(64)
    .default([]),
  allowCredentials: z.boolean().optional(),
  allowMethods: z
    .array(z.enum(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"]))
    .max(9)
    .default([]),
  allowHeaders: z.array(headerName()).max(64).default([]),
  exposeHeaders: z.array(headerName()).max(64).default([]),
  maxAge: z.int().min(1).max(2_147_483_647).default(5),
});
withFindings(cors, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  for (const [field, what] of [
    ["allowOrigins", "origins"],
    ["allowMethods", "methods"],
    ["allowHeaders", "headers"],
  ] as const) {
    const list = listOf(value[field]);
    const name = field.replace("allow", "Allow");
    if (list.length > 1 && list.includes("*")) {
      yield { path: [field], message: `${name} cannot contain '*' alongside other ${what}` };
    }
  }
});

const extensionRef = z.strictObject({ group: group().default(""), kind: kind(), name: objectName() });

/** What it does is not carried over; what it says has to be well-formed all the same. */
const externalAuth = z.looseObject({
  protocol: z.enum(["HTTP", "GRPC"]),
  backendRef: backendObjectRef,
  grpc: z.looseObject({}).optional(),
  http: z.looseObject({}).optional(),
});
withFindings(externalAuth, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  for (const [protocol, field] of [
    ["GRPC", "grpc"],
    ["HTTP", "http"],
  ]) {
    if (value.protocol === protocol && value[field!] === undefined) {
      yield { path: [], message: `${field} must be specified when protocol is set to '${protocol}'` };
    }
  }
});

const directResponse = z.strictObject({
  statusCode: z.int().min(200).max(599),
  body: z.strictObject({ string: z.string().max(4_096).optional() }).optional(),
});

export const FILTER_FIELDS = {
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestMirror: "requestMirror",
  RequestRedirect: "requestRedirect",
  URLRewrite: "urlRewrite",
  CORS: "cors",
  ExternalAuth: "externalAuth",
  DirectResponse: "directResponse",
  ExtensionRef: "extensionRef",
} as const;
export type FilterType = keyof typeof FILTER_FIELDS;

const REPEATABLE: readonly string[] = ["RequestMirror", "ExtensionRef"];

const filter = z.strictObject({
  type: z.enum(Object.keys(FILTER_FIELDS) as [FilterType, ...FilterType[]]),
  requestHeaderModifier: headerModifier().optional(),
  responseHeaderModifier: headerModifier().optional(),
  requestMirror: mirror.optional(),
  requestRedirect: redirect.optional(),
  urlRewrite: rewrite.optional(),
  cors: cors.optional(),
  externalAuth: externalAuth.optional(),
  directResponse: directResponse.optional(),
  extensionRef: extensionRef.optional(),
});
export type HttpFilter = z.output<typeof filter>;
export type HeaderModifier = z.output<ReturnType<typeof headerModifier>>;
export type PathModifier = z.output<typeof pathModifier>;

withFindings(filter, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  for (const [type, field] of Object.entries(FILTER_FIELDS)) {
    if (value.type === type && value[field] === undefined) {
      yield { path: [], message: `filter.${field} must be specified for ${type} filter.type` };
    } else if (value.type !== type && value[field] !== undefined) {
      yield { path: [field], message: `filter.${field} must be nil if the filter.type is not ${type}` };
    }
  }
});

/** - `max`: 16 in a rule and in a backendRef. */
export const filters = () =>
  withFindings(z.array(filter).max(16).default([]), function* (list): Iterable<Finding> {
    const types = listOf(list).map((entry) => (isRecord(entry) ? String(entry.type) : ""));
    for (const type of new Set(types)) {
      const count = types.filter((other) => other === type).length;
      if (count > 1 && type in FILTER_FIELDS && !REPEATABLE.includes(type)) {
        yield { path: [], message: `${type} filter cannot be repeated` };
      }
    }
    if (types.includes("RequestRedirect") && types.includes("URLRewrite")) {
      yield {
        path: [],
        message: "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
      };
    }
  });
