/**
 * Where a request goes that its service could not answer: to the service's fallbacks in their order, and to those of a
 * fallback service that has no answer either, as at the edge (src/edge/serve.ts). There is no cache in this world, so
 * `staleIfError` never has an answer here.
 */
import type { Passage } from "./passage.ts";
import { turnTo } from "./to-service.ts";

/** Fallback services of fallback services end here. */
const MAX_DEPTH = 4;

/**
 * The status that ends the request; 0 when it has been moved on to another service, to be carried there.
 *
 * - `status`: of the failed answer, or the mesh's own.
 */
export function fallBack(passage: Passage, status: number, seed: number): number {
  const { left, open } = passage;
  const { services } = open.mesh;
  left.push({ service: passage.service, next: 0, status });
  for (let last = left.at(-1); last !== undefined; last = left.at(-1)) {
    const fallback = services[last.service]!.fallback[last.next];
    last.next += 1;
    if (fallback === undefined) {
      left.pop();
      if (left.length === 0) return last.status;
    } else if (fallback.type === "response") {
      return fallback.status;
    } else if (fallback.type === "service" && left.length <= MAX_DEPTH && mayMoveOn(passage)) {
      turnTo(passage, fallback.service, fallback.policy, seed);
      return 0;
    }
  }
  return status;
}

/** Another service may be asked unless this request may have been carried out already and must not be twice. */
function mayMoveOn({ repeatable, mayHaveArrived }: Passage): boolean {
  return repeatable || !mayHaveArrived;
}
