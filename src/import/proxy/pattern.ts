/** Which of the proxies' regular expressions, all of them RE2's, Heddle takes. */

const verdicts = new Map<string, string | null>();

/** Why a pattern cannot be used, or null. Never throws. Linear in the pattern for one seen before. */
export function patternFault(pattern: string): string | null {
  const known = verdicts.get(pattern);
  if (known !== undefined) return known;
  const verdict = judge(pattern);
  verdicts.set(pattern, verdict);
  return verdict;
}

function judge(pattern: string): string | null {
  try {
    new RegExp(pattern);
    return null;
  } catch {
    return `${pattern} is not a regular expression`;
  }
}
