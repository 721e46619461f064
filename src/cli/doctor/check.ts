/** What one look came to. `unknown`: it could not be told, which is no fault. */
export type CheckState = "ok" | "warning" | "broken" | "unknown";

export interface Check {
  /** Stable, for `--json`. */
  readonly id: string;
  readonly state: CheckState;
  readonly says: string;
  /** What to do about it; "" when nothing is to be done. */
  readonly fix: string;
}

export function ok(id: string, says: string): Check {
  return { id, state: "ok", says, fix: "" };
}

export function warning(id: string, says: string, fix: string): Check {
  return { id, state: "warning", says, fix };
}

export function broken(id: string, says: string, fix: string): Check {
  return { id, state: "broken", says, fix };
}

export function unknown(id: string, says: string, fix = ""): Check {
  return { id, state: "unknown", says, fix };
}
