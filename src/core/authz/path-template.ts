/**
 * Templates of paths: `{*}` stands for one element that is not empty, `{**}` for any characters, slashes among them; after
 * `{**}` there is none. Nothing is tried twice: an element ends where the next slash is, and what follows `{**}` is the end.
 *
 * Wider than Envoy's in one thing: Envoy takes only some characters for those of an element ("=" and "*" are not among
 * them), by which `/files/a=b` would get past a refusal of `/files/{*}`.
 *
 * Source: Envoy, uri_template; Istio, AuthorizationPolicy, paths.
 */

export interface PathTemplate {
  /** Before the first operator, between operators, and after the last; one more than there are. */
  readonly literals: readonly string[];
  /** Whether the last operator is `{**}`. */
  readonly endsOpen: boolean;
}

const OPERATOR = /\{\*{1,2}\}/;

export function isTemplate(value: string): boolean {
  return OPERATOR.test(value);
}

/** Arranges a template for `fitsTemplate`. Never throws. */
export function openTemplate(value: string): PathTemplate {
  return { literals: value.split(OPERATOR), endsOpen: value.includes("{**}") };
}

/** Whether the whole path fits. Never throws, never allocates; linear in the path. */
export function fitsTemplate({ literals, endsOpen }: PathTemplate, path: string): boolean {
  const operators = literals.length - 1;
  if (!path.startsWith(literals[0]!)) return false;
  let at = literals[0]!.length;
  for (let i = 0; i < operators; i += 1) {
    const literal = literals[i + 1]!;
    const isLast = i === operators - 1;
    if (isLast && endsOpen) return path.length - literal.length >= at && path.endsWith(literal);
    const slash = path.indexOf("/", at);
    const end = slash < 0 ? path.length : slash;
    if (end === at || !path.startsWith(literal, end)) return false;
    at = end + literal.length;
  }
  return at === path.length;
}
