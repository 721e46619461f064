/**
 * Routes that take only a share of the requests that fit them, as a weighted split.
 *
 * Envoy shifts traffic by a route with a share, followed by a route with the same match that takes the rest. The two are
 * one rule whose backends have weights. Any other use of a share is not carried over.
 */
import type { BackendRefDraft, RuleDraft } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";

export interface SharedRule {
  readonly rule: RuleDraft;
  readonly fraction: { readonly numerator: number; readonly denominator: number } | null;
  /** The match, for notes. */
  readonly node: SourceNode;
}

const MAX_WEIGHT = 1_000_000;

/** The rules in their order. A rule with a share that has no counterpart is left out, and that is noted. */
export function mergeFractions(rules: readonly SharedRule[]): readonly RuleDraft[] {
  const merged: RuleDraft[] = [];
  for (let index = 0; index < rules.length; index++) {
    const { rule, fraction, node } = rules[index]!;
    if (fraction === null) {
      merged.push(rule);
      continue;
    }
    const next = rules[index + 1];
    const split = next?.fraction === null ? splitOf(rule, next.rule, fraction) : null;
    if (split === null) {
      node.note(
        "runtime_fraction",
        "a share of requests is carried over where the next route has the same match and filters and forwards too; the route is left out",
      );
    } else {
      merged.push(split);
      index += 1;
    }
  }
  return merged;
}

function splitOf(
  first: RuleDraft,
  second: RuleDraft,
  { numerator, denominator }: { readonly numerator: number; readonly denominator: number },
): RuleDraft | null {
  const { backendRefs: a, ...same } = first;
  const { backendRefs: b, ...other } = second;
  if (a === undefined || b === undefined || JSON.stringify(same) !== JSON.stringify(other)) return null;
  const [sumA, sumB] = [sum(a), sum(b)];
  const weights = [
    ...a.map((ref) => weightOf(ref) * numerator * sumB),
    ...b.map((ref) => weightOf(ref) * (denominator - numerator) * sumA),
  ];
  const divisor = weights.reduce(gcd);
  const least = weights.map((weight) => weight / divisor);
  if (least.some((weight) => weight > MAX_WEIGHT)) return null;
  const refs = [...a, ...b].map((ref, index) => ({ ...ref, weight: least[index]! }));
  return { ...same, backendRefs: refs };
}

function weightOf(ref: BackendRefDraft): number {
  return ref.weight ?? 1;
}

function sum(refs: readonly BackendRefDraft[]): number {
  return refs.reduce((total, ref) => total + weightOf(ref), 0);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
