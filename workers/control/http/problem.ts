/**
 * What went wrong, as RFC 9457 has it. `title` says what kind, `detail` what about this request; nothing of the inside of
 * the Worker is in either.
 */
import type { Fault } from "../../../src/config/fault.ts";
import type { ApiContext } from "../context.ts";

/** Kinds of problems, with the status of each. The name is the end of the problem's type. */
export const PROBLEMS = {
  "malformed-request": [400, "The request is malformed"],
  unauthorized: [401, "A token is needed"],
  forbidden: [403, "The token does not allow this"],
  "not-found": [404, "There is nothing here"],
  "method-not-allowed": [405, "The method is not allowed here"],
  conflict: [409, "It is not possible now"],
  "precondition-failed": [412, "Somebody else was first"],
  "too-large": [413, "The body is too large"],
  "unsupported-media-type": [415, "The body is of another type"],
  "invalid-content": [422, "The content has faults"],
  "upgrade-required": [426, "Another protocol is spoken here"],
  "precondition-required": [428, "If-Match is missing"],
  "too-many-requests": [429, "Too many failed attempts"],
  internal: [500, "Something is broken"],
  "bad-gateway": [502, "What was asked gave no usable answer"],
  unavailable: [503, "It cannot be reached now"],
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

export interface ProblemExtras {
  readonly faults?: readonly Fault[];
  /** More members, as RFC 9457 allows. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The problem as an answer. Never throws. */
export function problem(context: ApiContext, kind: ProblemKind, detail: string, extras: ProblemExtras = {}): Response {
  const [status, title] = PROBLEMS[kind];
  const body = {
    type: `urn:heddle:problem:${kind}`,
    title,
    status,
    detail,
    instance: `urn:uuid:${context.get("requestId")}`,
    ...(extras.faults && { faults: extras.faults }),
    ...extras.members,
  };
  const headers = { ...extras.headers, "content-type": "application/problem+json" };
  return new Response(JSON.stringify(body), { status, headers });
}

/** The kind for a status that a library chose. */
export function kindOf(status: number): ProblemKind {
  const found = Object.entries(PROBLEMS).find(([, [own]]) => own === status)?.[0] as ProblemKind | undefined;
  return found ?? (status < 500 ? "malformed-request" : "internal");
}
