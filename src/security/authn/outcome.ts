/** What is found out about a caller. */
import type { Principal } from "../../core/principal.ts";

export type Outcome = Authenticated | Refused;

export interface Authenticated {
  readonly ok: true;
  readonly principal: Principal;
  /** What has to change of the request before it goes on; null nothing. */
  readonly edits: Edits | null;
}

export interface Refused {
  readonly ok: false;
  /**
   * unauthenticated: 401. denied: an authorizer's word, `status`. unavailable: the keys or the authorizer cannot be asked,
   * 503. too_large: a body too large for its digest, 413. too_slow: one that did not come in time, 408. no_room: one for which there
   * is no memory now, 503. busy: passwords are tried faster than they are checked, 429.
   */
  readonly kind: "unauthenticated" | "denied" | "unavailable" | "too_large" | "too_slow" | "no_room" | "busy";
  /** "" where no provider in particular. */
  readonly provider: string;
  /** For the log: never with any part of a credential. */
  readonly why: string;
  readonly status: number;
  readonly retryAfterMs: number;
  /** Of the answer. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface Edits {
  /** Headers that only the mesh may say, and that came from outside. */
  readonly spoofed: readonly string[];
  /** Headers that the mesh says. */
  readonly claims: readonly (readonly [name: string, value: string])[];
  /** Headers that endpoints do not see. */
  readonly remove: readonly string[];
  /** What is left of the Cookie header: "" nothing; null: it is not changed. */
  readonly cookie: string | null;
  /** What is left of the query, with its "?"; null: it is not changed. */
  readonly query: string | null;
  /** The body, where it had to be read; null: it was not. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

export const NO_EDITS: Edits = { spoofed: [], claims: [], remove: [], cookie: null, query: null, body: null };

/** The request and what is known of it, as much as authentication looks at. */
export interface Caller {
  readonly request: Request;
  /** Lower case, without port. */
  readonly host: string;
  readonly path: string;
  /** With its "?", or "". */
  readonly query: string;
  readonly clientIp: string;
  /** The Worker's bindings. */
  readonly env: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
  /** The whole body of a request that has one. Never rejects. Absent: it must not be read here. */
  readBody?(mostBytes: number): Promise<BodyRead>;
  waitUntil(promise: Promise<unknown>): void;
}

/** broken: the downstream broke it off. no-room: others hold all the memory there is for bodies. */
export type BodyRead =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly why: "too-large" | "too-slow" | "broken" | "no-room" };

/** What one provider says: null, the request has no credential for it. */
export type Check = Passed | Refused | null;

export interface Passed {
  readonly ok: true;
  /** Without `presented`, which is of all providers together. */
  readonly principal: Omit<Principal, "presented">;
  readonly provider: string;
  /** Where the credential was, to be kept from endpoints; null: it may go on. */
  readonly withhold: Withhold | null;
  readonly claims: readonly (readonly [name: string, value: string])[];
  /** The body, where it had to be read. */
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Further credentials of the same kind, good ones as well. */
  readonly more?: readonly Passed[];
  /** What comes of it where a request brings nothing else, for credentials that are remembered: made once. */
  readonly alone?: Authenticated;
}

/** What comes of a credential by itself, whatever else the request is like. To be kept with what is remembered. Never throws. */
export function remembered(passed: Passed): Passed {
  const { principal, provider, claims, withhold } = passed;
  const isOfRequest = withhold !== null && withhold.type !== "header";
  if (isOfRequest || passed.body !== undefined || passed.more !== undefined) return passed;
  const { kind, id, claims: said } = principal;
  const remove = withhold === null ? [] : [withhold.name];
  const edits = remove.length === 0 && claims.length === 0 ? null : { ...NO_EDITS, claims, remove };
  return { ...passed, alone: { ok: true, principal: { kind, id, claims: said, presented: [provider] }, edits } };
}

export type Withhold = { readonly type: "header" | "cookie" | "query"; readonly name: string };

/** A caller who is not believed. `challenge`: of WWW-Authenticate; "" none. */
export function unauthenticated(provider: string, why: string, challenge: string): Refused {
  const headers = challenge === "" ? [] : ([["www-authenticate", challenge]] as const);
  return { ok: false, kind: "unauthenticated", provider, why, status: 401, retryAfterMs: 0, headers };
}

export function unavailable(provider: string, why: string): Refused {
  return { ok: false, kind: "unavailable", provider, why, status: 503, retryAfterMs: 1_000, headers: [] };
}
