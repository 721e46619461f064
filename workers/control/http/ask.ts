/** Calls to objects, with an end. What the platform throws is sorted here and nowhere else. */
import { within } from "../../../durable-objects/service-monitor/within.ts";

/** Longest that a call to an object may take, ms. */
const ANSWER_MS = 10_000;

/** An object gave no answer. What is wrong with it is in the log and not in the answer. */
export class Unreachable extends Error {
  /** Who was asked, as users know it. */
  readonly what: string;

  constructor(what: string, cause: unknown) {
    super(`${what} gave no answer`, { cause });
    this.what = what;
  }
}

/** The answer of a call. Throws Unreachable when there is none in time. */
export async function ask<T>(what: string, call: () => Promise<T>, ms: number = ANSWER_MS): Promise<T> {
  try {
    return await within(call(), ms);
  } catch (cause) {
    throw new Unreachable(what, cause);
  }
}
