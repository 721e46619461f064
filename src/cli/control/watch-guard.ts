import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { briefly } from "../when.ts";
import type { Control } from "./client.ts";
import { createProgress } from "./progress.ts";
import type { Version } from "./shapes.ts";
import { latest } from "./versions.ts";

const LOOK_EVERY_MS = 1_000;

/** Waits for the verdict of a version's guard, with progress. The guard itself needs nobody to wait for it. */
export async function watchGuard(control: Control, watched: Version, terminal: Terminal): Promise<Version> {
  const progress = createProgress(terminal);
  try {
    for (let now = watched; ; now = await latest(control, watched.version)) {
      if (now.guard == null || now.guard.state !== "watching") return now;
      const left = briefly(now.guard.untilMs - Date.now());
      const seen = (now.guard.reason ?? "") === "" ? "" : `: ${plain(now.guard.reason ?? "")}`;
      progress.say(
        process.stderr.isTTY
          ? `guarding version ${now.version}, ${left} left${seen}`
          : `guarding version ${now.version}${seen}`,
      );
      await new Promise((wake) => setTimeout(wake, LOOK_EVERY_MS));
    }
  } finally {
    progress.end();
  }
}

/** What became of a guard, as a line, and whether the version stays. */
export function guardVerdict({ version: number, guard }: Version): { readonly holds: boolean; readonly text: string } {
  const reason = (guard?.reason ?? "") === "" ? "" : `: ${plain(guard?.reason ?? "")}`;
  switch (guard?.state) {
    case undefined:
    case "passed":
      return { holds: true, text: `version ${number} stays${reason}` };
    case "rolled-back":
      return { holds: false, text: `version ${number} was rolled back${reason}` };
    case "ended":
      return { holds: false, text: `another version took over from ${number} before its guard had a verdict${reason}` };
    case "watching":
      return { holds: false, text: `version ${number} is still being watched${reason}` };
  }
}
