/** What to do about what an isolate of the edge says of itself. */

export const PROBLEM_FIX =
  "secrets: wrangler secret put, or .dev.vars for heddle dev; bindings: wrangler.toml of the edge";

/** A problem with what to do about it, as far as that is known and it does not say so itself. */
export function withFix(problem: string): string {
  const secret = /the secret (\S+) is absent/.exec(problem)?.[1];
  return secret === undefined
    ? problem
    : `${problem}: set it for the edge with npx wrangler secret put ${secret} (heddle dev: in .dev.vars)`;
}
