import type { Mesh } from "../../core/mesh.ts";
import type { WorkerKind } from "./worker-configs.ts";

/** A secret that a Worker reads. */
export interface ExpectedSecret {
  readonly name: string;
  /** `needed`: something that is configured does not work without it. */
  readonly need: "needed" | "useful";
  /** What does not work without it. */
  readonly without: string;
}

/** The secrets that a Worker reads, with what is missed when one is not set. - `mesh`: null when it is not known. */
export function expectedSecrets(kind: WorkerKind, mesh: Mesh | null): readonly ExpectedSecret[] {
  if (kind === "control") {
    return [
      { name: "HEDDLE_BOOTSTRAP_TOKEN", need: "needed", without: "nobody can make the first token" },
      { name: "HEDDLE_OPERATOR_TOKEN", need: "useful", without: "it cannot ask the edge to explain a request" },
    ];
  }
  const hasSessions =
    mesh?.routes.some(({ rules }) => rules.some(({ sessionPersistence }) => sessionPersistence !== null)) ?? false;
  return [
    {
      name: "HEDDLE_SESSION_KEY",
      need: hasSessions ? "needed" : "useful",
      without: "no session persists, and a mesh that asks for sessions is refused",
    },
    { name: "HEDDLE_OPERATOR_TOKEN", need: "useful", without: "its internal endpoints change nothing for anybody" },
    { name: "HEDDLE_DEBUG_TOKEN", need: "useful", without: "nobody sees how a request was routed" },
  ];
}
