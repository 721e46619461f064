/**
 * What a Rollout tells the monitors of both its services, and they tell the isolates: the weight in force. Of two words
 * the later revision holds, so they may arrive in any order and as often as they like.
 */

export interface RolloutWord {
  readonly name: string;
  /** Names of the services: a word about others than the mesh has is about another rollout of that name. */
  readonly stable: string;
  readonly canary: string;
  /** Of the requests that go to the canary, 0..100. */
  readonly percent: number;
  /** Grows with every change; the time of the change, epoch, unless two fell into one millisecond. */
  readonly revision: number;
}

/** Words that a service keeps at once. More than any config needs: a service is in one or two rollouts. */
const MAX_WORDS = 64;
const MAX_NAME_LENGTH = 256;

/** The word that a peer sent, or null when it is none. Never throws. */
export function checkWord(value: unknown): RolloutWord | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, stable, canary, percent, revision } = value as Record<string, unknown>;
  if (![name, stable, canary].every((text) => typeof text === "string" && text.length <= MAX_NAME_LENGTH)) return null;
  if (typeof percent !== "number" || !(percent >= 0 && percent <= 100)) return null;
  if (!Number.isSafeInteger(revision) || (revision as number) < 1) return null;
  return { name, stable, canary, percent, revision } as RolloutWord;
}

/** The words of a list that are some; empty for anything that is no list. Never throws. */
export function checkWords(value: unknown): readonly RolloutWord[] {
  return Array.isArray(value) ? value.slice(0, MAX_WORDS).flatMap((entry) => checkWord(entry) ?? []) : [];
}

/** Takes in a word. Returns whether it was news: later than the one of that name, or the first. */
export function takeWord(words: Map<string, RolloutWord>, word: RolloutWord): boolean {
  const known = words.get(word.name);
  if (known !== undefined && known.revision >= word.revision) return false;
  words.delete(word.name);
  words.set(word.name, word);
  // The map is in the order of arrival; what was said longest ago is of a rollout that is over.
  if (words.size > MAX_WORDS) words.delete(words.keys().next().value!);
  return true;
}
