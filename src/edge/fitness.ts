/** Whether this Worker can do what a mesh asks for: what is registered in code, and secrets. */
import type { Mesh } from "../core/mesh.ts";
import { unknownExtensions } from "../core/unknown-extensions.ts";
import type { Extensions } from "./extension/extensions.ts";
import { MIN_KEY_LENGTH } from "./session/keyring.ts";
import type { Sessions } from "./session/sessions.ts";

export interface Unfitness {
  readonly error: "unknown_extension" | "session_key_missing";
  readonly title: string;
}

export interface Equipment {
  readonly extensions: Extensions;
  readonly sessions: Sessions;
}

/** Why the mesh cannot be put in force here; null when it can. Linear in its rules. Throws for what is no mesh. */
export function unfitness(mesh: Mesh, { extensions, sessions }: Equipment): Unfitness | null {
  const unknown = unknownExtensions(mesh, extensions);
  if (unknown.length > 0) return { error: "unknown_extension", title: `This Worker has no ${unknown.join(", no ")}` };
  return sessionProblem(mesh, sessions);
}

/** The mesh keeps sessions, and there is no key to sign them with. */
export function sessionProblem(mesh: Mesh, { keys }: Sessions): Unfitness | null {
  if (keys.length > 0 || !asksForSessions(mesh)) return null;
  const title = `sessionPersistence needs the secret HEDDLE_SESSION_KEY, of ${MIN_KEY_LENGTH} characters or more`;
  return { error: "session_key_missing", title };
}

function asksForSessions({ routes }: Mesh): boolean {
  return routes.some(({ rules }) => rules.some(({ sessionPersistence }) => sessionPersistence !== null));
}
