/** What an isolate of the edge says keeps requests from services, asked through the service binding. */
import { checkServiceProblems, type ServiceProblem, type ServiceProblems } from "../../src/core/service-problem.ts";
import { within } from "../service-monitor/within.ts";

export interface ProblemsEnv {
  readonly EDGE?: { fetch(url: string, init: RequestInit): Promise<Response> };
  readonly HEDDLE_OPERATOR_TOKEN?: string;
}

/** The host is nobody's: internal endpoints go by their path. */
const URL_OF_PROBLEMS = "https://heddle-edge.internal/.heddle/problems";
/** Problems come and go with deployments and versions of the config: asked again after so long. */
const KNOWN_MS = 3_000;
const ANSWER_MS = 3_000;
const MAX_ANSWER_LENGTH = 4 * 1024 * 1024;

export class EdgeProblems {
  readonly #env: ProblemsEnv;
  #known: ServiceProblems | null = null;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;

  constructor(env: ProblemsEnv) {
    this.#env = env;
  }

  /** As it answered last. Undefined: no edge is bound, it never answered, or it says nothing of this. */
  of(service: string): readonly ServiceProblem[] | undefined {
    return this.#known === null ? undefined : Object.hasOwn(this.#known, service) ? this.#known[service] : [];
  }

  /** Asks the edge, unless it was lately. Never rejects. */
  ask(nowMs: number): Promise<void> {
    if (nowMs - this.#askedMs >= KNOWN_MS) {
      this.#askedMs = nowMs;
      this.#asking = this.#ask().finally(() => {
        this.#asking = null;
      });
    }
    return this.#asking ?? Promise.resolve();
  }

  async #ask(): Promise<void> {
    const { EDGE, HEDDLE_OPERATOR_TOKEN = "" } = this.#env;
    if (EDGE === undefined) return;
    try {
      const answer = EDGE.fetch(URL_OF_PROBLEMS, { headers: { authorization: `Bearer ${HEDDLE_OPERATOR_TOKEN}` } });
      this.#known = await within(answer.then(problemsIn), ANSWER_MS);
    } catch (error) {
      console.warn(JSON.stringify({ event: "not_surveyed", what: "problems of the edge", error: String(error) }));
    }
  }
}

async function problemsIn(answer: Response): Promise<ServiceProblems | null> {
  const text = await answer.text();
  if (answer.status !== 200 || text.length > MAX_ANSWER_LENGTH) return null;
  const { services } = JSON.parse(text) as { services?: unknown };
  return checkServiceProblems(services);
}
