/** How much, as it is typed behind a scenario's target. Null for what is no such amount. */
import { parseDuration } from "../../config/duration.ts";

/** "20%" and "20" are the same; null outside 0..100. */
export function percent(text: string): number | null {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?%?$/.exec(text);
  return match !== null && Number(match[1]) <= 100 ? Number(match[1]) : null;
}

/** "10", "10x" and "x10" are the same; null unless above 0 and at most 10,000. */
export function factor(text: string): number | null {
  const match = /^[x×]?([0-9]+(?:\.[0-9]+)?)[x×]?$/.exec(text);
  const times = Number(match?.[1]);
  return times > 0 && times <= 10_000 ? times : null;
}

/** Above 0, in ms. */
export function positiveDuration(text: string): number | null {
  const ms = parseDuration(text);
  return ms !== null && ms > 0 ? ms : null;
}
