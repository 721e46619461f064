/** Bodies, counted while they are read: what a client says of their length is not believed. */
import type { MiddlewareHandler } from "hono";
import type { ControlContext } from "../context.ts";
import { problem } from "./problem.ts";

export interface BodyRules {
  readonly maxBytes: number;
  /** Media types that are taken, in small letters. */
  readonly types: readonly string[];
  /** Whether there may be none at all. Default false. */
  readonly isOptional?: boolean;
}

/** For everything but configs. */
export const SMALL_JSON: BodyRules = { maxBytes: 65_536, types: ["application/json"] };

/** The same, where there need not be one. */
export const OPTIONAL_JSON: BodyRules = { ...SMALL_JSON, isOptional: true };

/** Reads a body within its rules, for the handlers behind and for the context's `body`. */
export function readBody(rules: BodyRules): MiddlewareHandler<ControlContext> {
  return async (context, next) => {
    const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    const isExpected = rules.types.includes(type);
    // Of what nobody wants no more is read than shows whether it is there.
    const body = await readBounded(context.req.raw, isExpected ? rules.maxBytes : 0);
    if (rules.isOptional === true && body?.byteLength === 0) {
      const headers = new Headers(context.req.raw.headers);
      headers.delete("content-type");
      context.req.raw = new Request(context.req.raw, { headers, body: null });
      return next();
    }
    if (!isExpected) {
      const expected = rules.types.join(", ");
      return problem(context, "unsupported-media-type", `send it as ${expected}`, { headers: { accept: expected } });
    }
    if (body === null) return problem(context, "too-large", `at most ${rules.maxBytes} bytes are read`);
    if (rules.types === SMALL_JSON.types) {
      const fault = jsonFault(body);
      if (fault !== null) return problem(context, "malformed-request", fault);
    }
    context.set("body", body);
    context.req.raw = new Request(context.req.raw, { body });
    return next();
  };
}

/** All of the body, or null when it is longer. What is left of a longer one is not read. */
async function readBounded(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (request.body === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel().catch(() => {});
      return null;
    }
    parts.push(value);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** Why bytes are not a JSON object that may be used; null when they are. */
function jsonFault(body: Uint8Array<ArrayBuffer>): string | null {
  let hasPrototypeKey = false;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const value: unknown = JSON.parse(text, (key, child) => {
      hasPrototypeKey ||= key === "__proto__";
      return child;
    });
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "the body is not a JSON object";
  } catch {
    return "the body is not JSON";
  }
  return hasPrototypeKey ? 'the key "__proto__" is not usable' : null;
}
