/**
 * The candidate that was probably meant by a mistyped word, or undefined when none is close.
 *
 * Close is one edit per three letters of the word, at least one; an edit inserts, removes or replaces a letter or swaps
 * two neighbours. Upper and lower case count as the same letter. On a tie the first candidate wins. Words of more than
 * 64 letters have no neighbours, which bounds the cost. Never throws.
 *
 * Source: optimal string alignment distance (restricted Damerau-Levenshtein).
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** The same as the `suggestion` of a fault; nothing when there is none. */
export function suggested(word: string, candidates: Iterable<string>): { readonly suggestion?: string } {
  const suggestion = nearest(word, candidates);
  return suggestion === undefined ? {} : { suggestion };
}

/** Edits that turn `a` into `b`. O(a·b) time, three rows of memory. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, beforeLast[j - 2]! + 1);
      }
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
