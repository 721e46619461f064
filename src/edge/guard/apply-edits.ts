import type { HeaderModifier } from "../../core/mesh.ts";
import type { Principal } from "../../core/principal.ts";
import type { Edits } from "../../security/authn/outcome.ts";
import type { Arrived } from "../arrived.ts";

/**
 * The request as it goes on. Headers are changed on the way to endpoints, which costs next to nothing there, where a new
 * request costs about 40 % of a pass-through. One is made only where something before the endpoints may be misled by the
 * old one: by headers that only the mesh may say, by a credential in the URL, by a body that was read; and where filters from code
 * are to see what is known of the caller.
 *
 * Never throws.
 */
export function applyEdits(arrived: Arrived, edits: Edits, principal: Principal): Arrived {
  const { request, matched } = arrived;
  const { spoofed, claims, query, body } = edits;
  const address = query === null ? arrived.address : { ...arrived.address, query };
  const passed: Arrived = { ...arrived, address, principal, imposed: imposedBy(edits) };
  const isShown = claims.length > 0 && matched.rule.filters !== null && matched.rule.filters.extensions.length > 0;
  if (spoofed.length === 0 && !isShown && query === null && body === null) return passed;
  const headers = new Headers(request.headers);
  for (const name of spoofed) headers.delete(name);
  for (const [name, value] of claims) headers.set(name, value);
  const init: RequestInit = { headers, ...(body !== null && { body }) };
  const url = query === null ? null : urlWith(request.url, query);
  // In two steps where the URL changes: the platform takes method, body and the rest from a request alone.
  return { ...passed, request: new Request(url === null ? request : new Request(url, request), init) };
}

/** What the mesh says takes the place of what it keeps from endpoints: an authorizer may give them another credential. */
export function imposedBy({ claims, remove: withheld, cookie }: Edits): HeaderModifier {
  if (claims.length === 0 && cookie === null) return { set: claims, add: [], remove: withheld };
  const isSaid = (name: string) => claims.some(([said]) => said === name);
  const remove = claims.length === 0 ? withheld : withheld.filter((name) => !isSaid(name));
  if (cookie === null) return { set: claims, add: [], remove };
  if (cookie === "") return { set: claims, add: [], remove: [...remove, "cookie"] };
  return { set: [...claims, ["cookie", cookie]], add: [], remove };
}

function urlWith(url: string, query: string): string {
  const end = url.search(/[?#]/);
  return `${end < 0 ? url : url.slice(0, end)}${query}`;
}
