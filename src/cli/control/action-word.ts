import { nearest } from "../../config/nearest.ts";
import { CommandFailure } from "../failure.ts";

/**
 * One of the words a command knows.
 *
 * - `command`: for the message.
 *
 * Throws CommandFailure with the likely one, or all of them, when it is none.
 */
export function actionWord<T extends string>(word: string, words: readonly T[], command: string): T {
  const known = words.find((candidate) => candidate === word);
  if (known !== undefined) return known;
  const guess = nearest(word, words);
  const fix = guess === undefined ? `it is one of ${words.join(", ")}` : `did you mean ${guess}?`;
  throw new CommandFailure("usage", `heddle ${command} knows no "${word}"`, fix, 2);
}
