/**
 * A setting says everything about one field once: its schema (which holds the range), what it means, its default and
 * where the default comes from. From that come the decoder's default, the description in the JSON Schema and the
 * reference, and the same field without a default where a route rule overrides a service.
 */
import * as z from "zod";
import { formatDuration } from "../duration.ts";
import { durationBounds } from "./duration.ts";

/** A field with a default of its own (`fixed`), or one whose default depends on other fields (`derived`). */
export type Setting<S extends z.ZodType = z.ZodType> =
  | { readonly kind: "fixed"; readonly schema: S; readonly text: string; readonly value: unknown; readonly why: string }
  | { readonly kind: "derived"; readonly schema: S; readonly text: string; readonly why: string };

type Fixed<S extends z.ZodType> = Extract<Setting<S>, { kind: "fixed" }>;
type Derived<S extends z.ZodType> = Extract<Setting<S>, { kind: "derived" }>;
type Settings = Readonly<Record<string, Setting>>;

type WithDefaults<F extends Settings> = {
  [K in keyof F]: F[K] extends Fixed<infer S> ? z.ZodDefault<S> : z.ZodOptional<F[K]["schema"]>;
};
type AsOverrides<F extends Settings> = { [K in keyof F]: z.ZodOptional<F[K]["schema"]> };

/** A field that may be left out and then has `value`, for the reason or source given in `why`. */
export function setting<S extends z.ZodType>(
  schema: S,
  text: string,
  value: NoInfer<z.output<S>>,
  why: string,
): Fixed<S> {
  return { kind: "fixed", schema, text, value, why };
}

/** A field that may be left out and is then worked out while compiling; `why` says from what. */
export function derived<S extends z.ZodType>(schema: S, text: string, why: string): Derived<S> {
  return { kind: "derived", schema, text, why };
}

/** A field that must be there. */
export function required<S extends z.ZodType>(schema: S, text: string): S {
  return schema.describe(sentences(text, rangeText(schema), "Required."));
}

/** The fields of an object whose absent fields take their defaults. */
export function withDefaults<F extends Settings>(settings: F): WithDefaults<F> {
  return mapSettings(settings, (field) => {
    const text = describeSetting(field);
    if (field.kind === "derived") return field.schema.optional().describe(text);
    return field.schema.default(field.value as never).describe(text);
  }) as WithDefaults<F>;
}

/** The same fields where they override others: all may be left out, and `why` says what then holds. */
export function asOverrides<F extends Settings>(settings: F, why: string): AsOverrides<F> {
  return mapSettings(settings, (field) => {
    const text = sentences(field.text, rangeText(field.schema), `Default: ${why}.`);
    return field.schema.optional().describe(text);
  }) as AsOverrides<F>;
}

/** A field holding an object whose own fields all have defaults. */
export function group<S extends z.ZodObject>(schema: S, text: string): z.ZodPrefault<S> {
  return schema.prefault({} as never).describe(`${text} Default: what its fields default to.`);
}

function mapSettings(settings: Settings, make: (field: Setting) => z.ZodType): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(settings).map(([name, field]) => [name, make(field)]));
}

function describeSetting(field: Setting): string {
  const value =
    field.kind === "fixed" ? `Default: ${defaultText(field.value)} (${field.why}).` : `Default: ${field.why}.`;
  return sentences(field.text, rangeText(field.schema), value);
}

function sentences(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}

function defaultText(value: unknown): string {
  if (typeof value === "string") return value === "" ? "empty" : value;
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0) return "none";
  if (Array.isArray(value)) return value.map(defaultText).join(", ");
  return JSON.stringify(value);
}

/** "Range: 0 to 10." as the schema enforces it; "" for what has no range. */
function rangeText(schema: z.ZodType): string {
  const bounds = durationBounds(schema);
  if (bounds !== undefined) return `Range: ${formatDuration(bounds.minMs)} to ${formatDuration(bounds.maxMs)}.`;
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  if (json.enum !== undefined) return `One of: ${json.enum.join(", ")}.`;
  if (json.type !== "number" && json.type !== "integer") return "";
  const whole = json.type === "integer" ? ", whole" : "";
  const least = json.exclusiveMinimum === undefined ? `${json.minimum}` : `above ${json.exclusiveMinimum}`;
  const most = json.exclusiveMaximum === undefined ? `${json.maximum}` : `below ${json.exclusiveMaximum}`;
  return `Range: ${least} to ${most}${whole}.`;
}
