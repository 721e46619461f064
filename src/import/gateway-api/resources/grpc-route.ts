/** GRPCRoute, with the ranges, patterns and rules of its CRD. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "../../../config/schema/finding.ts";
import {
  backendObjectRef,
  headerName,
  hostname,
  listOf,
  metadata,
  parentRefs,
  portFindings,
  sectionName,
  sessionPersistence,
} from "./fields.ts";
import { filters } from "./http-filters.ts";
import { rulesFindings } from "./http-route.ts";

const SERVICE_PATTERN = /^[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)*$/;
const METHOD_PATTERN = /^[A-Za-z_][A-Za-z_0-9]*$/;

const method = z.strictObject({
  type: z.enum(["Exact", "RegularExpression"]).default("Exact"),
  service: z.string().max(1_024).optional(),
  method: z.string().max(1_024).optional(),
});
withFindings(method, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  if (!value.service && !value.method) {
    yield { path: [], message: "One or both of 'service' or 'method' must be specified" };
  }
  if (value.type === "RegularExpression") return;
  for (const [field, pattern] of [
    ["service", SERVICE_PATTERN],
    ["method", METHOD_PATTERN],
  ] as const) {
    const part = value[field];
    if (typeof part === "string" && part !== "" && !pattern.test(part)) {
      yield { path: [field], message: `${field} must only contain valid characters (matching ${pattern.source})` };
    }
  }
});

const match = z.strictObject({
  method: method.optional(),
  headers: z
    .array(
      z.strictObject({
        type: z.enum(["Exact", "RegularExpression"]).default("Exact"),
        name: headerName(),
        value: z.string().min(1).max(4_096),
      }),
    )
    .max(16)
    .default([]),
});
export type GrpcMatch = z.output<typeof match>;

const backendRef = z.strictObject({
  ...backendObjectRef.shape,
  weight: z.int().min(0).max(1_000_000).default(1),
  filters: grpcFilters(),
});
withFindings(backendRef, portFindings);

const rule = z.strictObject({
  name: sectionName().optional(),
  matches: z.array(match).max(64).default([]),
  filters: grpcFilters(),
  backendRefs: z.array(backendRef).max(16).default([]),
  sessionPersistence: sessionPersistence.optional(),
});
export type GrpcRule = z.output<typeof rule>;

export const grpcRoute = z.looseObject({
  metadata,
  spec: z.strictObject({
    parentRefs,
    hostnames: z.array(hostname()).max(16).default([]),
    useDefaultGateways: z.string().optional(),
    rules: withFindings(z.array(rule).max(16).prefault([{}]), rulesFindings),
  }),
});
export type GrpcRoute = z.output<typeof grpcRoute>;

/** Those of HTTP that make sense for gRPC. */
function grpcFilters() {
  const allowed: readonly unknown[] = [
    "RequestHeaderModifier",
    "ResponseHeaderModifier",
    "RequestMirror",
    "ExtensionRef",
  ];
  return withFindings(filters(), function* (list): Iterable<Finding> {
    for (const [index, entry] of listOf(list).entries()) {
      if (!isRecord(entry) || allowed.includes(entry.type)) continue;
      yield { path: [index, "type"], message: `Unsupported value: ${JSON.stringify(entry.type)}` };
    }
  });
}
