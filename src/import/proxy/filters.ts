/** Filters of a config, made from what Envoy and Istio say, each checked before it is used. */
import { requestHeaderModifier, responseHeaderModifier } from "../../config/schema/filters-headers.ts";
import { type FilterDraft, faultsOf } from "./draft.ts";
import { foldHeaderOperations, type HeaderOperation, plainHeaderValue } from "./header-operations.ts";

const MODIFIERS = {
  request: { type: "RequestHeaderModifier", field: "requestHeaderModifier", schema: requestHeaderModifier },
  response: { type: "ResponseHeaderModifier", field: "responseHeaderModifier", schema: responseHeaderModifier },
} as const;

export type HeaderSide = keyof typeof MODIFIERS;

/**
 * The operation as Heddle can do it: with its text filled in, or a sentence that says why it cannot.
 *
 * Never throws.
 */
export function carriedOperation(side: HeaderSide, operation: HeaderOperation): HeaderOperation | string {
  const { schema } = MODIFIERS[side];
  if (operation.type === "remove") {
    const fault = faultsOf(schema, { remove: [operation.name] })[0];
    return fault === undefined ? operation : `${operation.name} ${fault.message}`;
  }
  const value = plainHeaderValue(operation.value);
  if (value === null) return `${operation.value} is for the proxy to fill in, which Heddle does not do`;
  const fault = faultsOf(schema, { set: [{ name: operation.name, value: value.trim() }] })[0];
  return fault === undefined ? { ...operation, value: value.trim() } : `${operation.name} ${fault.message}`;
}

/** The filter that does all operations one after the other; none when that is nothing. */
export function headerFilter(side: HeaderSide, operations: readonly HeaderOperation[]): FilterDraft[] {
  const modifier = foldHeaderOperations(operations);
  const { type, field } = MODIFIERS[side];
  return modifier === undefined ? [] : [{ type, [field]: modifier }];
}
