/** What to do about what an isolate of the edge says of itself. */
import { fixOf } from "../../core/service-problem.ts";

export const PROBLEM_FIX =
  "secrets: wrangler secret put, or .dev.vars for heddle dev; bindings: wrangler.toml of the edge";

/** A problem with what to do about it, as far as that is known and it does not say so itself. */
export function withFix(problem: string): string {
  const fix = fixOf(problem);
  return fix === "" ? problem : `${problem}: ${fix}`;
}
