import type { SessionPersistence } from "../../src/core/mesh.ts";

/** What may be the name of a cookie and of a header. Source: RFC 9110, token. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Whether the session persistence of a rule could not be followed. Never throws, whatever `value` is. */
export function isBrokenSession(value: unknown): boolean {
  if (value === null) return false;
  const session = (value ?? {}) as { readonly [K in keyof SessionPersistence]?: unknown };
  return (
    (session.type !== "cookie" && session.type !== "header") ||
    (session.lifetime !== "Session" && session.lifetime !== "Permanent") ||
    typeof session.sessionName !== "string" ||
    !TOKEN.test(session.sessionName) ||
    !isTime(session.absoluteTimeoutMs) ||
    !isTime(session.idleTimeoutMs)
  );
}

function isTime(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
