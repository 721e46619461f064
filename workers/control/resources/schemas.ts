/** Shapes that several resources share. */
import { z } from "@hono/zod-openapi";
import { parseDuration } from "../../../src/config/duration.ts";
import {
  NAME_MESSAGE,
  NAME_PATTERN,
  SERVICE_NAME_MESSAGE,
  SERVICE_NAME_PATTERN,
} from "../../../src/config/schema/names.ts";

const DAY_MS = 86_400_000;

/** The name of a service, in a path or a body. */
export const serviceName = z.string().regex(SERVICE_NAME_PATTERN, { error: SERVICE_NAME_MESSAGE });

/** The path of what belongs to a service. */
export const servicePath = z.strictObject({ service: serviceName });

export const plainName = z.string().regex(NAME_PATTERN, { error: NAME_MESSAGE });

/** Text of one line for people: no control characters, which could pretend to be something else in a terminal. */
export const lineOf = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u, { error: "must be one line of printable text" });

/** "90s", "1h30m", and whole days: "30d". Milliseconds. */
export const durationText = ({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }) =>
  z
    .string()
    .max(32)
    .transform((text, context) => {
      const days = /^([0-9]{1,4})d$/.exec(text)?.[1];
      const ms = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
      if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
      const message =
        ms === null ? 'must be a duration such as "90s", "1h30m" or "30d"' : `must be from ${minMs} to ${maxMs} ms`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .openapi({ type: "string", example: "1h30m" });

/** Milliseconds since 1970. */
export const epochMs = z.number();
