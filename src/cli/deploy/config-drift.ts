import type { CommandArguments } from "../command.ts";
import { findAccessIfAny } from "../context/access.ts";
import { createControl } from "../control/client.ts";
import type { Diff } from "../control/shapes.ts";
import type { ConfigSource } from "../control/source.ts";
import { head, tryConfig } from "../control/versions.ts";
import { CommandFailure } from "../failure.ts";

/** How the config that a deployment carries stands to the one that is in force. */
export type Drift =
  /** No control plane is named, or nobody may ask it. */
  | { readonly kind: "unknown"; readonly why: string }
  /** Nothing was applied: what is deployed is in force. */
  | { readonly kind: "never-applied" }
  | { readonly kind: "same"; readonly version: number }
  | { readonly kind: "differs"; readonly version: number; readonly diff: Diff };

/** Asks the control plane that the options, the environment or the contexts name. Never throws for what it answers. */
export async function driftOf(source: ConfigSource, args: CommandArguments, env: NodeJS.ProcessEnv): Promise<Drift> {
  const access = findAccessIfAny(args, env);
  if (access === null) return { kind: "unknown", why: "no control plane is named (--context, --control)" };
  if (access.token === null) return { kind: "unknown", why: `there is no token for ${access.control}` };
  try {
    const control = createControl(access);
    const version = (await head(control))?.version ?? 0;
    if (version === 0) return { kind: "never-applied" };
    const tried = await tryConfig(control, { source, base: version, message: "", guardMs: null });
    if (tried.ok && tried.diff.changes.length > 0) return { kind: "differs", version, diff: tried.diff };
    if (tried.ok || tried.error === "unchanged") return { kind: "same", version };
    return { kind: "unknown", why: `${access.control} refused to compare (${tried.error})` };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { kind: "unknown", why: error.message };
  }
}
