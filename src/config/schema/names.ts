import * as z from "zod";
import { recordOf } from "./finding.ts";
import { secretValueSchema } from "./secret-ref.ts";

/** Safe in headers, metric labels and Durable Object names: no "/", ":" or ",". */
export const NAME_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
export const NAME_MESSAGE = 'must be 1 to 63 letters, digits, ".", "_" or "-", with a letter or digit at both ends';

/** Of services: as long as namespace, name and port of a Kubernetes Service together. A "/" sets off a subset. */
export const SERVICE_NAME_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,141}[A-Za-z0-9])?$/;
export const SERVICE_NAME_MESSAGE =
  'must be 1 to 143 letters, digits, ".", "_" or "-", with a letter or digit at both ends';

/** Of routes, rules and aliases: also namespace/name, and host:port. */
const PLACED_NAME_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._:/-]{0,251}[A-Za-z0-9])?$/;
const PLACED_NAME_MESSAGE =
  'must be 1 to 253 letters, digits, ".", "_", "-", "/" or ":", with a letter or digit at both ends';

/** RFC 9110 token. */
const HEADER_NAME_PATTERN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;
const HEADER_NAME_MESSAGE = "is not a header name";

export const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"] as const;

export const name = () => z.string().regex(NAME_PATTERN, { error: NAME_MESSAGE });

export const serviceName = () => z.string().regex(SERVICE_NAME_PATTERN, { error: SERVICE_NAME_MESSAGE });

export const placedName = () => z.string().regex(PLACED_NAME_PATTERN, { error: PLACED_NAME_MESSAGE });

const HOSTNAME_PATTERN =
  /^(\*|(\*\.)?([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)$/;

/** "shop.example.com", "*.example.com" for any name below, or "*" for any at all. */
export const hostname = () =>
  z.string().max(253).regex(HOSTNAME_PATTERN, { error: 'must be a host name without a port, "*.example.com" or "*"' });

/** Whether some host fits both: a name or a wildcard each. */
export function hostnamesMeet(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return covers(a, b) || covers(b, a);
}

function covers(wide: string, narrow: string): boolean {
  if (wide === "*" || wide === narrow) return true;
  return wide.startsWith("*.") && narrow.endsWith(wide.slice(1)) && narrow.length > wide.length - 1;
}

export const headerName = () => z.string().regex(HEADER_NAME_PATTERN, { error: HEADER_NAME_MESSAGE });

/** What may follow "Name: " on one line: printable Latin-1 and tabs, nothing at the ends that would be trimmed. */
export const headerValue = () =>
  z
    .string()
    .max(8_192)
    .regex(/^([\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/, {
      error: "is not a header value: only printable characters, and no space at the ends",
    });

/** Belong to one connection, or are computed from the message: never set by a config. */
export const CONNECTION_HEADERS = [
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
const SETTABLE = new RegExp(`^(?!(?:${CONNECTION_HEADERS.join("|")})$)(?!x-heddle-)`, "i");

/** Headers to set, as name: value. */
export const headersToSet = () => settable(headerValue());

/** The same towards those who may know secrets: a value is a text or { secret: NAME }. */
export const headersToSend = () => settable(z.union([headerValue(), secretValueSchema]));

function settable<V extends z.ZodType>(values: V) {
  return recordOf(
    new RegExp(`${SETTABLE.source}${HEADER_NAME_PATTERN.source.slice(1)}`, "i"),
    "is not a header that can be set: not a header name, one that belongs to the connection, or one of Heddle's own (x-heddle-…)",
    values,
  );
}
