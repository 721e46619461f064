import type { Condition } from "../report.ts";

/** A condition that holds; the standard names its reason after it. */
export function yes(type: string): Condition {
  return { type, status: "True", reason: type };
}

export function no(type: string, reason: string): Condition {
  return { type, status: "False", reason };
}
