/**
 * OTLP/HTTP in its JSON encoding, as far as spans need it: ids as hex, 64-bit numbers as text, enums as numbers, field names
 * in lowerCamelCase. Spans are kept as text, which bounds what a buffer of them holds, and a request is put together from it.
 *
 * Source: OpenTelemetry protocol specification 1.9, "JSON Protobuf Encoding"; opentelemetry-proto trace.proto, common.proto.
 */
import { HEDDLE_RELEASE } from "../../core/release.ts";
import type { Attributes, AttributeValue } from "../attributes.ts";

/** SpanKind. */
export const INTERNAL = 1;
export const SERVER = 2;
export const CLIENT = 3;

/** StatusCode; unset is 0 and left out. */
const STATUS_ERROR = 2;

/** SpanFlags: the parent is known to be remote, or known not to be. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

const SCHEMA_URL = "https://opentelemetry.io/schemas/1.45.0";

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** "" for none. */
  readonly parentSpanId: string;
  readonly isParentRemote: boolean;
  /** Of the trace context. */
  readonly flags: number;
  readonly traceState: string;
  readonly name: string;
  readonly kind: typeof INTERNAL | typeof SERVER | typeof CLIENT;
  /** Epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** A trace and span that this one has to do with; null for none. */
  readonly link: { readonly traceId: string; readonly spanId: string; readonly flags: number } | null;
  /** "" when it did not fail. */
  readonly error: string;
}

/** One span as JSON text. Never throws. */
export function encodeSpan(span: Span): string {
  const { traceId, spanId, parentSpanId, traceState, name, kind, link, error } = span;
  return JSON.stringify({
    traceId,
    spanId,
    ...(traceState !== "" && { traceState }),
    ...(parentSpanId !== "" && { parentSpanId }),
    flags: span.flags | HAS_IS_REMOTE | (span.isParentRemote ? IS_REMOTE : 0),
    name,
    kind,
    startTimeUnixNano: nanoseconds(span.startMs),
    endTimeUnixNano: nanoseconds(span.endMs),
    attributes: keyValues(span.attributes),
    ...(link !== null && {
      links: [{ traceId: link.traceId, spanId: link.spanId, flags: link.flags | HAS_IS_REMOTE | IS_REMOTE }],
    }),
    ...(error !== "" && { status: { code: STATUS_ERROR, message: error } }),
  });
}

/** The request that exports spans: what `encodeSpan` gave, all of one resource. Never throws. */
export function encodeExport(spans: readonly string[], resource: Attributes): string {
  const scope = JSON.stringify({ name: "heddle", version: HEDDLE_RELEASE });
  return (
    `{"resourceSpans":[{"resource":{"attributes":${JSON.stringify(keyValues(resource))}},"scopeSpans":[{` +
    `"scope":${scope},"spans":[${spans.join(",")}],"schemaUrl":"${SCHEMA_URL}"}],"schemaUrl":"${SCHEMA_URL}"}]}`
  );
}

function keyValues(attributes: Attributes): readonly { readonly key: string; readonly value: object }[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { arrayValue: { values: value.map((one) => ({ stringValue: one })) } };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Epoch milliseconds as nanoseconds, which a number would not hold. */
function nanoseconds(epochMs: number): string {
  return `${Math.trunc(epochMs)}000000`;
}
