import { type SecretName, secretNamesIn } from "../../config/secret-names.ts";
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
  const referred = mesh === null ? [] : secretNamesIn(mesh)[kind].map(expected);
  const storage = {
    name: "HEDDLE_STORAGE_KEY",
    need: "useful",
    without: "what it keeps of configs, messages and the audit log is plain text in storage",
  } as const;
  if (kind === "control") {
    return [
      { name: "HEDDLE_BOOTSTRAP_TOKEN", need: "needed", without: "nobody can make the first token" },
      { name: "HEDDLE_OPERATOR_TOKEN", need: "useful", without: "it cannot ask the edge to explain a request" },
      storage,
      ...referred,
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
    storage,
    ...referred,
  ];
}

/** The config names it, and what needs it does not work without. */
function expected({ name, use }: SecretName): ExpectedSecret {
  return { name, need: "needed", without: `the config refers to it, and this does not work: ${use}` };
}
