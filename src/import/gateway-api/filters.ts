/** Filters: nearly the same shape on both sides. One that cannot be carried over makes its requests fail, never pass by it. */
import { requestHeaderModifier, responseHeaderModifier } from "../../config/schema/filters-headers.ts";
import type { Backend } from "./backends.ts";
import type { BackendObjectRef } from "./resources/fields.ts";
import { FILTER_FIELDS, type HeaderModifier, type HttpFilter } from "./resources/http-filters.ts";

export type FilterConfig = Readonly<Record<string, unknown>>;

/** Something of the source at a place in it. */
export interface Lost {
  readonly path: string;
  readonly reason: string;
  readonly message: string;
  /** Whether it is a reference that does not resolve. */
  readonly isReference: boolean;
  /** It is carried over, and does something else. */
  readonly isChanged?: true;
}

export interface FiltersResult {
  readonly filters: readonly FilterConfig[];
  readonly lost: readonly Lost[];
  /** Why requests that come here have to fail; null when all filters are there. */
  readonly failing: string | null;
}

const NO_BACKEND: Backend = {
  invalid: "",
  reason: "BackendNotFound",
  message: "it names no backend",
  isReference: true,
};

/** Of a rule and any one of its backendRefs together. */
export const MAX_MIRRORS = 3;

export function countMirrors(filters: readonly FilterConfig[]): number {
  return filters.filter(({ type }) => type === "RequestMirror").length;
}

/**
 * - `path`: of the list, in the resource.
 * - `resolve`: what a mirror's backendRef leads to.
 * - `mirrors`: how many there may be.
 */
export function convertFilters(
  list: readonly HttpFilter[],
  path: string,
  resolve: (ref: BackendObjectRef) => Backend,
  mirrors = MAX_MIRRORS,
): FiltersResult {
  const filters: FilterConfig[] = [];
  const lost: Lost[] = [];
  let failing: string | null = null;
  for (const [index, filter] of list.entries()) {
    const at = `${path}[${index}]`;
    if (filter.type === "ExternalAuth" || filter.type === "ExtensionRef") {
      const message = `${what(filter)} is not carried over, so these requests get 500: the standard forbids to pass by a filter`;
      lost.push({ path: at, reason: "UnsupportedValue", message, isReference: false });
      failing ??= `UnsupportedValue: ${what(filter)} is not carried over`;
    } else if (filter.type === "RequestMirror") {
      const { backendRef, ...share } = filter.requestMirror!;
      if (countMirrors(filters) >= mirrors) {
        const message = `a rule has at most ${MAX_MIRRORS} mirrors: the request needs connections of its own`;
        lost.push({ path: at, reason: "UnsupportedValue", message, isReference: false });
        continue;
      }
      const backend = backendRef === undefined ? NO_BACKEND : resolve(backendRef);
      if ("service" in backend) {
        filters.push({ type: filter.type, requestMirror: { backendRef: { service: backend.service }, ...share } });
      } else {
        const { reason, message, isReference } = backend;
        lost.push({ path: `${at}.requestMirror.backendRef`, reason, message, isReference });
      }
    } else if (filter.type !== "URLRewrite" || Object.keys(filter.urlRewrite!).length > 0) {
      // A rewrite of nothing is none.
      filters.push(convertFilter(filter, at, lost));
    }
  }
  return { filters, lost, failing };
}

function what({ extensionRef, externalAuth }: HttpFilter): string {
  if (extensionRef !== undefined) return `${extensionRef.kind} ${extensionRef.name}`;
  return `external authorization by ${externalAuth!.backendRef.name}`;
}

function convertFilter(filter: HttpFilter, path: string, lost: Lost[]): FilterConfig {
  const { type, directResponse } = filter;
  switch (type) {
    case "RequestHeaderModifier":
    case "ResponseHeaderModifier": {
      const field = FILTER_FIELDS[type];
      return { type, [field]: headers(type, filter[field]!, `${path}.${field}`, lost) };
    }
    case "DirectResponse": {
      const body = directResponse!.body?.string;
      return { type, directResponse: { status: directResponse!.statusCode, ...(body !== undefined && { body }) } };
    }
    default: {
      const field = FILTER_FIELDS[type];
      return { type, [field]: filter[field] };
    }
  }
}

/**
 * What of a modifier the config may say. A header that a filter may not touch, and one that is named a second time, is left
 * out alone: the rest of the filter holds.
 */
function headers(
  type: HeaderFilterType,
  { set, add, remove }: HeaderModifier,
  path: string,
  lost: Lost[],
): FilterConfig {
  const seen = new Set<string>();
  const isKept = (name: string, fault: string | undefined, at: string): boolean => {
    const again = seen.has(name.toLowerCase()) ? "another action on this header goes before" : undefined;
    seen.add(name.toLowerCase());
    const message = fault ?? again;
    if (message !== undefined)
      lost.push({ path: `${path}.${at}`, reason: "UnsupportedValue", message, isReference: false });
    return message === undefined;
  };
  const schema = HEADER_SCHEMAS[type];
  const faultOf = (modifier: object) => schema.safeParse(modifier).error?.issues[0]?.message;
  const kept = {
    set: firstOfEach(set).filter((entry, index) => isKept(entry.name, faultOf({ set: [entry] }), `set[${index}]`)),
    add: firstOfEach(add).filter((entry, index) => isKept(entry.name, faultOf({ add: [entry] }), `add[${index}]`)),
    remove: [...new Set(remove)].filter((name, index) => isKept(name, faultOf({ remove: [name] }), `remove[${index}]`)),
  };
  return Object.fromEntries(Object.entries(kept).filter(([, list]) => list.length > 0));
}

type HeaderFilterType = keyof typeof HEADER_SCHEMAS;
const HEADER_SCHEMAS = {
  RequestHeaderModifier: requestHeaderModifier,
  ResponseHeaderModifier: responseHeaderModifier,
} as const;

/** Of several entries of one name the standard counts the first alone. */
function firstOfEach<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return [...new Map(entries.toReversed().map((entry) => [entry.name.toLowerCase(), entry])).values()].reverse();
}
