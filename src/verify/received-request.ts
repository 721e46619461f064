/** A request as an origin has it, with the whole body: a signature over half of one says nothing. */
import { utf8 } from "../security/authn/bytes.ts";

export interface ReceivedRequest {
  readonly method: string;
  /** Absolute, as callers know it: behind a proxy that ends TLS the scheme is https all the same. */
  readonly url: string;
  /** Names in lower case; several values of one as a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Absent: the request has none. */
  readonly body?: Uint8Array | string;
}

/** What `node:http` gives. */
interface Incoming {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: ReceivedRequest["headers"];
}

/**
 * Of a request of `node:http`, or of a framework over it.
 *
 * - `scheme`: as callers know it. Default https.
 * - `body`: all of it, read before.
 */
export function receivedRequest(
  request: Incoming,
  body?: Uint8Array | string,
  scheme: "http" | "https" = "https",
): ReceivedRequest {
  const url = `${scheme}://${String(request.headers.host ?? "")}${request.url ?? "/"}`;
  return { method: request.method ?? "GET", url, headers: request.headers, ...(body !== undefined && { body }) };
}

/** All values of a header, joined as HTTP joins them; null for none. */
export function fieldOf({ headers }: ReceivedRequest, name: string): string | null {
  // A signature may name anything: "constructor" is no header.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.map((one) => one.trim()).join(", ");
}

export function bytesOf({ body = "" }: ReceivedRequest): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? utf8(body) : (body as Uint8Array<ArrayBuffer>);
}
