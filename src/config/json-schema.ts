import * as z from "zod";
import type { FaultPath } from "./fault.ts";
import { meshSchema } from "./schema/mesh.ts";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

let made: JsonSchema | undefined;

/**
 * The JSON Schema of a config as users write it: what may be left out is not required. Accepts everything that the
 * decoder accepts, and also what only rules between fields refuse. Draft 7, the newest that editors support in full.
 */
export function jsonSchema(): JsonSchema {
  made ??= {
    title: "Heddle mesh config",
    ...z.toJSONSchema(meshSchema, { io: "input", target: "draft-07" }),
  };
  return made;
}

/** The same as the text of heddle.schema.json. */
export function jsonSchemaText(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

/**
 * The keys that may stand in the object at `path`; of a choice between shapes, those of all that may be meant. Never throws.
 *
 * - `schema`: default that of a config.
 * - `object`: what stands there; a shape whose fixed values (`type: JWT`) it contradicts is not meant, unless all are. Default: not known.
 */
export function knownKeys(
  path: FaultPath,
  schema: JsonSchema = jsonSchema(),
  object: unknown = undefined,
): readonly string[] {
  const found = path.reduce<readonly JsonSchema[]>(
    (schemas, step) => schemas.flatMap((schema) => shapesOf(schema)).flatMap((shape) => childrenOf(shape, step)),
    [schema],
  );
  const shapes = found.flatMap(shapesOf);
  const meant = shapes.filter((shape) => !contradicts(object, shape));
  return [...new Set((meant.length > 0 ? meant : shapes).flatMap((shape) => Object.keys(shape.properties ?? {})))];
}

function contradicts(object: unknown, { properties = {} }: JsonSchema): boolean {
  if (!isSchema(object)) return false;
  return Object.entries(properties).some(([key, property]) => {
    const fixed = isSchema(property) ? property.const : undefined;
    return fixed !== undefined && Object.hasOwn(object, key) && (object as Record<string, unknown>)[key] !== fixed;
  });
}

/** The schema itself, or what it lets one choose between. */
export function shapesOf(schema: JsonSchema): readonly JsonSchema[] {
  return ((schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined) ?? [schema];
}

function childrenOf(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  if (typeof step === "number") return isSchema(schema.items) ? [schema.items] : [];
  const properties = schema.properties ?? {};
  const child = Object.hasOwn(properties, step) ? properties[step] : schema.additionalProperties;
  return isSchema(child) ? [child] : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
