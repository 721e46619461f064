/** Causes of ejections as the words of a label. What decides them writes them for people, with numbers in them. */
const CAUSES: readonly (readonly [start: RegExp, word: string])[] = [
  [/^failures, and no good answer/, "no_good_answer"],
  [/^\d+ failures within/, "failures_in_window"],
  [/^failure score of the region/, "failure_score_region"],
  [/^failure score/, "failure_score"],
  [/^a probe failed/, "probe_failed"],
  [/^as the object above/, "told_from_above"],
];

/** The word for a cause: that of the list, or the name of the outlier detector it begins with, else "other". Never throws. */
export function ejectionCause(cause: string): string {
  const listed = CAUSES.find(([start]) => start.test(cause));
  if (listed !== undefined) return listed[1];
  return /^([a-z][a-z0-9_]{2,39}): /i.exec(cause)?.[1]?.toLowerCase() ?? "other";
}
