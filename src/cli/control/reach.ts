/** How far a version has come: which isolates run it. */
import { z } from "zod";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import type { Control } from "./client.ts";
import { createProgress } from "./progress.ts";
import type { Version } from "./shapes.ts";

export const reachShape = z.looseObject({
  /** In force; 0: the bundled mesh is. */
  version: z.number(),
  /** That reported lately, and of those the ones that run the version in force. */
  isolates: z.number(),
  current: z.number(),
  refused: z.array(z.looseObject({ reason: z.string(), isolates: z.number() })).optional(),
});
export type Reach = z.infer<typeof reachShape>;

export interface ReachVerdict {
  readonly holds: boolean;
  readonly text: string;
  readonly seen: Reach;
}

const LOOK_EVERY_MS = 500;
/** Isolates sync every 1 to 5 s; one that says nothing for so long has ended. */
const PATIENCE_MS = 30_000;

/** What is known of the version in force. */
export function reach(control: Control): Promise<Reach> {
  return control.get("/v1/config/reach", reachShape);
}

/** Waits until every isolate that reports runs the version, or refused it, with progress. */
export async function watchReach(control: Control, { version }: Version, terminal: Terminal): Promise<ReachVerdict> {
  const progress = createProgress(terminal);
  const startedAtMs = performance.now();
  try {
    for (;;) {
      const seen = await reach(control);
      const tookMs = performance.now() - startedAtMs;
      const verdict = judge(seen, version, tookMs);
      if (verdict !== null) return verdict;
      progress.say(`version ${version} runs on ${seen.current} of ${seen.isolates} isolates`);
      await new Promise((wake) => setTimeout(wake, LOOK_EVERY_MS));
    }
  } finally {
    progress.end();
  }
}

/** Null while there is something to wait for. */
export function judge(seen: Reach, version: number, tookMs: number): ReachVerdict | null {
  if (seen.version !== version) {
    return { holds: false, text: `version ${seen.version} has taken over from ${version}`, seen };
  }
  const refused = (seen.refused ?? []).reduce((sum, { isolates }) => sum + isolates, 0);
  const share = `version ${version} runs on ${seen.current} of ${seen.isolates} isolates`;
  if (refused > 0) {
    const reasons = (seen.refused ?? []).map(({ reason }) => plain(reason)).join("; ");
    return { holds: false, text: `${share}; ${refused} refused it: ${reasons}`, seen };
  }
  if (seen.isolates === 0) {
    return { holds: true, text: `no isolate reports now; the next ones start with version ${version}`, seen };
  }
  if (seen.current >= seen.isolates) {
    return { holds: true, text: `${share}, after ${(tookMs / 1_000).toFixed(1)} s`, seen };
  }
  return tookMs > PATIENCE_MS ? { holds: false, text: `${share}, after ${(tookMs / 1_000).toFixed(0)} s`, seen } : null;
}
