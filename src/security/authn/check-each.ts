/**
 * Credentials of one kind in several places of a request: all that are there have to be good, so that none is let in, or on, behind
 * another one.
 */
import type { Caller, Check, Passed } from "./outcome.ts";

type CheckAt<Place> = (place: Place, caller: Caller) => Check | Promise<Check>;

/** Null when there is none in any place. The first one's word holds. At once when none has to wait. Never rejects. */
export function checkEach<Place>(
  places: readonly Place[],
  checkAt: CheckAt<Place>,
  caller: Caller,
): Check | Promise<Check> {
  let found: Passed | null = null;
  for (let i = 0; i < places.length; i += 1) {
    const check = checkAt(places[i]!, caller);
    if (check instanceof Promise) return rest(places, checkAt, caller, found, check, i + 1);
    if (check === null) continue;
    if (!check.ok) return check;
    found = found === null ? check : both(found, check);
  }
  return found;
}

async function rest<Place>(
  places: readonly Place[],
  checkAt: CheckAt<Place>,
  caller: Caller,
  before: Passed | null,
  pending: Promise<Check>,
  from: number,
): Promise<Check> {
  let found = before;
  let check = await pending;
  for (let next = from; ; next += 1) {
    if (check !== null) {
      if (!check.ok) return check;
      found = found === null ? check : both(found, check);
    }
    if (next >= places.length) return found;
    check = await checkAt(places[next]!, caller);
  }
}

/** Neither goes on to endpoints unless both may. */
function both(one: Passed, other: Passed): Passed {
  const { alone: _, ...first } = one;
  return { ...first, claims: [...one.claims, ...other.claims], more: [...(one.more ?? []), other] };
}
