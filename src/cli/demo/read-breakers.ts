/** The part of the edge's `/.heddle/state` that the demo shows. */
interface StateAnswer {
  readonly services: readonly { readonly endpoints: readonly { readonly id: string; readonly breaker: string }[] }[];
}

const TIMEOUT_MS = 1_000;

/** The breaker of every endpoint, by its id, as the edge sees it; empty when the edge does not answer. Never throws. */
export async function readBreakers(edge: string): Promise<ReadonlyMap<string, string>> {
  try {
    const answer = await fetch(`${edge}/.heddle/state`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { services } = (await answer.json()) as StateAnswer;
    return new Map(services.flatMap(({ endpoints }) => endpoints.map(({ id, breaker }) => [id, breaker])));
  } catch {
    return new Map();
  }
}
