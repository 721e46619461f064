/** What keeps requests from being sent to a service whose endpoints are well: a secret or a binding that is not there. */

export interface ServiceProblem {
  readonly detail: string;
  /** Endpoints that get no requests for it. */
  readonly endpoints: readonly string[];
  /** Those are all of them: no request is answered. */
  readonly all: boolean;
}

/** Services with their problems; those without any are not in it. */
export type ServiceProblems = Readonly<Record<string, readonly ServiceProblem[]>>;

/** A peer's answer as problems by service; null when it is none. Never throws. Linear in what is given. */
export function checkServiceProblems(given: unknown): ServiceProblems | null {
  if (!isObject(given)) return null;
  const isRight = Object.values(given).every((problems) => Array.isArray(problems) && problems.every(isProblem));
  return isRight ? (given as ServiceProblems) : null;
}

function isProblem(given: unknown): given is ServiceProblem {
  if (!isObject(given)) return false;
  const { detail, endpoints, all } = given;
  const isNamed = Array.isArray(endpoints) && endpoints.every((id) => typeof id === "string");
  return typeof detail === "string" && isNamed && typeof all === "boolean";
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** What to do about a problem, as far as that is known and it does not say so itself; "" otherwise. */
export function fixOf(problem: string): string {
  const secret = /the secret (\S+) is absent/.exec(problem)?.[1];
  return secret === undefined
    ? ""
    : `set it for the edge with npx wrangler secret put ${secret} (heddle dev: in .dev.vars)`;
}
