import type { PathMatch, PathModifier } from "../mesh.ts";

/**
 * The path that a redirect or a rewrite makes of a request's.
 *
 * - `path`: with its leading slash, without the query, in the normal form in which it was matched.
 * - `modifier`: null keeps the path.
 * - `matched`: what the rule matched it by. Its prefix is replaced by path element for a PathPrefix, where a slash at the
 *   end of either does not count, and letter by letter for a StringPrefix, as Envoy does. Other matches have no prefix:
 *   then the path stays (the config refuses that).
 *
 * Begins with "/". Never throws. Linear in the path.
 *
 * Source: Gateway API, HTTPPathModifier, the table at ReplacePrefixMatch.
 */
export function modifiedPath(path: string, modifier: PathModifier | null, matched: PathMatch): string {
  if (modifier === null) return path;
  const { type, value } = modifier;
  if (type === "ReplaceFullPath") return value === "" ? "/" : value;
  switch (matched.type) {
    case "PathPrefix":
      return withPrefix(path.slice(withoutSlash(matched.value).length), value);
    case "StringPrefix":
      return rooted(value + path.slice(matched.value.length));
    case "Exact":
    case "RegularExpression":
      return path;
  }
}

/** `rest` is empty or begins with a slash: a prefix ends where an element does. */
function withPrefix(rest: string, value: string): string {
  return rooted(rest === "" ? value : withoutSlash(value) + rest);
}

function withoutSlash(prefix: string): string {
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}

function rooted(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}
