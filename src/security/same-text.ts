/**
 * Whether two texts are the same, in time that tells nothing of where they differ: the one comparison that secrets, tokens and
 * their digests go through, but for signatures, which `crypto.subtle.verify` compares. Lengths are no secret.
 *
 * Every character of `one` is looked at, whatever `other` is, without a branch on any of them. Never throws. Linear.
 */
export function isSameText(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i += 1) difference |= one.charCodeAt(i) ^ other.charCodeAt(i % (other.length || 1));
  return difference === 0;
}
