import { caddy } from "./caddy.ts";
import type { Contender } from "./contender.ts";
import { haproxy } from "./haproxy.ts";
import { guardedHeddle, heddle } from "./heddle.ts";
import { nginx } from "./nginx.ts";
import { bare, workers } from "./workers.ts";

/** Everything that can be compared, in the order of the tables. */
export const CONTENDERS: readonly Contender[] = [heddle, nginx, haproxy, caddy, bare, ...workers, guardedHeddle];

export interface Lineup {
  readonly present: readonly Contender[];
  /** Wanted and not installed, by name. */
  readonly missing: readonly string[];
}

/**
 * Those of the contenders that are wanted and installed.
 *
 * - `names`: null for all of them. Throws on a name that nobody has.
 */
export function lineup(names: readonly string[] | null): Lineup {
  const unknown = names?.find((name) => !CONTENDERS.some((contender) => contender.name === name));
  if (unknown !== undefined) {
    throw new Error(`no contender is called ${unknown}; there are ${CONTENDERS.map(({ name }) => name).join(", ")}`);
  }
  const wanted = CONTENDERS.filter(({ name }) => names === null || names.includes(name));
  return {
    present: wanted.filter((contender) => contender.version() !== null),
    missing: wanted.filter((contender) => contender.version() === null).map(({ name }) => name),
  };
}
