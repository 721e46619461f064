/** Walks a schema and a value together and asks every rule on the way. */
import * as z from "zod";
import type { FaultPath } from "../fault.ts";
import { type Finding, isRecord, ownFindings } from "../schema/finding.ts";

/**
 * What the rules of `schema` and of its parts have against `value`, with paths from the top. Parts that are absent are
 * skipped: defaults break no rule. Never throws, whatever the value; cost is linear in its size.
 */
export function* brokenRules(schema: z.ZodType, value: unknown, path: FaultPath = []): Iterable<Finding> {
  if (value === undefined) return;
  for (const finding of ownFindings(schema, value)) yield { ...finding, path: [...path, ...finding.path] };
  for (const [part, child, step] of partsOf(schema, value)) {
    yield* brokenRules(part, child, step === undefined ? path : [...path, step]);
  }
}

type Part = readonly [schema: z.ZodType, value: unknown, step?: string | number];

function partsOf(schema: z.ZodType, value: unknown): readonly Part[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return [[schema.unwrap() as z.ZodType, value]];
  }
  if (schema instanceof z.ZodUnion) {
    return (schema.options as z.ZodType[]).filter((option) => isMeant(option, value)).map((option) => [option, value]);
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((child, index) => [schema.element as z.ZodType, child, index]);
  }
  if (!isRecord(value)) return [];
  if (schema instanceof z.ZodRecord) {
    return Object.entries(value).map(([key, child]) => [schema.valueType as z.ZodType, child, key]);
  }
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>)
    .filter(([key]) => Object.hasOwn(value, key))
    .map(([key, part]) => [part, value[key], key]);
}

/** Of shapes told apart by a literal, the one with the right literal; of others, those that know one of the keys. */
function isMeant(option: z.ZodType, value: unknown): boolean {
  if (!(option instanceof z.ZodObject) || !isRecord(value)) return false;
  const shape = option.shape as Record<string, z.ZodType>;
  const type = shape.type;
  if (type !== undefined) return type.safeParse(value.type).success;
  return Object.keys(shape).some((key) => Object.hasOwn(value, key));
}
