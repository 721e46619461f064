/**
 * Which other methods a request may be taken for: some origins let a header say what is meant by a POST, and whoever decides about
 * the POST alone is walked around by `X-HTTP-Method-Override: DELETE`. What a form says of that (`_method`) is not looked at.
 *
 * Source: Rack::MethodOverride, Symfony's HttpFoundation and express/method-override for the names.
 */
import type { Subject } from "./subject.ts";

const HEADERS = ["x-http-method-override", "x-http-method", "x-method-override"] as const;
const NONE: readonly string[] = [];

/** Each once, in upper case, without the request's own. Usually none. Never throws. */
export function otherMethods(method: string, header: (name: string) => string | null): readonly string[] {
  let found: Set<string> | null = null;
  for (let i = 0; i < HEADERS.length; i += 1) {
    const value = header(HEADERS[i]!);
    if (value === null) continue;
    found ??= new Set();
    for (const one of value.split(",")) found.add(one.trim().toUpperCase());
  }
  if (found === null) return NONE;
  found.delete(method);
  found.delete("");
  return [...found];
}

/** The request as it is for those who believe such a header, once for each of its other methods. Usually none. Never throws. */
export function overriddenSubjects(subject: Subject): readonly Subject[] {
  const { head, port, principal, clientIp } = subject;
  const place: Subject["place"] = (what) => subject.place(what);
  return otherMethods(head.method, head.header).map((method) => ({
    head: { ...head, method },
    port,
    principal,
    clientIp,
    place,
  }));
}
