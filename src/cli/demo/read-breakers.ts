import type { CandidateView } from "../../core/service-state.ts";

/** The part of the edge's `/.heddle/state` that the demo shows. */
interface StateAnswer {
  readonly services: readonly { readonly endpoints: readonly CandidateView[] }[];
}

const TIMEOUT_MS = 1_000;

/**
 * The breaker of every endpoint, by its id: the shared one, or `open here` while it is closed and the edge keeps the
 * endpoint out by its own evidence. Empty when the edge does not answer. Never throws.
 */
export async function readBreakers(edge: string): Promise<ReadonlyMap<string, string>> {
  try {
    const answer = await fetch(`${edge}/.heddle/state`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { services } = (await answer.json()) as StateAnswer;
    return new Map(services.flatMap(({ endpoints }) => endpoints.map((one) => [one.id, breakerOf(one)])));
  } catch {
    return new Map();
  }
}

function breakerOf({ breaker, available }: CandidateView): string {
  return breaker === "closed" && !available ? "open here" : breaker;
}
