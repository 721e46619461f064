/** Filters: nearly the same shape on both sides. One that cannot be carried over makes its requests fail, never pass by it. */
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

/**
 * - `path`: of the list, in the resource.
 * - `resolve`: what a mirror's backendRef leads to.
 */
export function convertFilters(
  list: readonly HttpFilter[],
  path: string,
  resolve: (ref: BackendObjectRef) => Backend,
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
      const backend = backendRef === undefined ? NO_BACKEND : resolve(backendRef);
      if ("service" in backend) {
        filters.push({ type: filter.type, requestMirror: { backendRef: { service: backend.service }, ...share } });
      } else {
        const { reason, message, isReference } = backend;
        lost.push({ path: `${at}.requestMirror.backendRef`, reason, message, isReference });
      }
    } else {
      filters.push(convertFilter(filter));
    }
  }
  return { filters, lost, failing };
}

function what({ extensionRef, externalAuth }: HttpFilter): string {
  if (extensionRef !== undefined) return `${extensionRef.kind} ${extensionRef.name}`;
  return `external authorization by ${externalAuth!.backendRef.name}`;
}

function convertFilter(filter: HttpFilter): FilterConfig {
  const { type, requestHeaderModifier, responseHeaderModifier, directResponse } = filter;
  switch (type) {
    case "RequestHeaderModifier":
      return { type, requestHeaderModifier: headers(requestHeaderModifier!) };
    case "ResponseHeaderModifier":
      return { type, responseHeaderModifier: headers(responseHeaderModifier!) };
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

function headers({ set, add, remove }: HeaderModifier): FilterConfig {
  return {
    ...(set.length > 0 && { set: firstOfEach(set) }),
    ...(add.length > 0 && { add: firstOfEach(add) }),
    ...(remove.length > 0 && { remove }),
  };
}

/** Of several entries of one name the standard counts the first alone. */
function firstOfEach<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return [...new Map(entries.toReversed().map((entry) => [entry.name.toLowerCase(), entry])).values()].reverse();
}
