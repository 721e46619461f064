import type { HeaderModifier } from "../../core/mesh.ts";
import type { Edits } from "../../security/authn/outcome.ts";
import type { Arrived } from "../arrived.ts";

/**
 * The request as it goes on. What only has to be kept from endpoints is taken out on the way to them, which is cheap;
 * what filters and hashing have to see as well makes a new request.
 *
 * Never throws.
 */
export function applyEdits(arrived: Arrived, edits: Edits): Arrived {
  const { request, address } = arrived;
  const { spoofed, claims, remove, cookie, query, body } = edits;
  const passed: Arrived = {
    ...arrived,
    ...((remove.length > 0 || cookie !== null) && { withheld: withheldOf(remove, cookie) }),
    ...(query !== null && { address: { ...address, query } }),
  };
  if (spoofed.length === 0 && claims.length === 0 && query === null && body === null) return passed;
  const headers = new Headers(request.headers);
  for (const name of spoofed) headers.delete(name);
  for (const [name, value] of claims) headers.set(name, value);
  const init: RequestInit = { headers, ...(body !== null && { body }) };
  const url = query === null ? null : urlWith(request.url, query);
  // In two steps where the URL changes: the platform takes method, body and the rest from a request alone.
  return { ...passed, request: new Request(url === null ? request : new Request(url, request), init) };
}

function withheldOf(remove: readonly string[], cookie: string | null): HeaderModifier {
  if (cookie === null) return { set: [], add: [], remove };
  return cookie === ""
    ? { set: [], add: [], remove: [...remove, "cookie"] }
    : { set: [["cookie", cookie]], add: [], remove };
}

function urlWith(url: string, query: string): string {
  const end = url.search(/[?#]/);
  return `${end < 0 ? url : url.slice(0, end)}${query}`;
}
