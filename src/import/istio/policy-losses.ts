/**
 * What becomes of a policy when a part of it cannot be carried over. A rule is never made to let through what it refused: of
 * a rule that refuses a condition is given up and it refuses more, of a rule that admits the rule itself.
 *
 * Callers of an edge come from outside the mesh: they have no workload identity, so that what asks for a namespace, a service
 * account or a trust domain is known to fail, and its negation to hold.
 */
import type { NoteKind } from "../proxy/notes.ts";

export type IstioAction = "ALLOW" | "DENY" | "CUSTOM" | "AUDIT";

/** What a test comes to: kept, known to hold, known to fail. */
export type Verdict = "kept" | "holds" | "fails";

/** How loudly it is said that a test fails where it might have matched: of a rule that refuses, something may get in. */
export function lossOf(action: IstioAction): NoteKind {
  return action === "DENY" || action === "CUSTOM" ? "security" : "dropped";
}

/** What to make of a test of which nobody here can tell whether it would hold. */
export function unknowable(action: IstioAction): Verdict {
  return action === "DENY" || action === "CUSTOM" ? "holds" : "fails";
}
