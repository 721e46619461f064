/** A schema with its defaults taken away, for where the same fields override what another place says. */
import * as z from "zod";

type Bare<S> =
  S extends z.ZodDefault<infer I>
    ? I
    : S extends z.ZodPrefault<infer I>
      ? I extends z.ZodObject<infer Shape>
        ? z.ZodObject<Overriding<Shape>, z.core.$strict>
        : I
      : S extends z.ZodOptional<infer I>
        ? I
        : S;

type Overriding<Shape> = {
  [K in keyof Shape]: Bare<Shape[K]> extends infer B extends z.core.SomeType ? z.ZodOptional<B> : never;
};

/**
 * The same object in which every field may be left out, and what is left out stays absent; groups of fields likewise. The
 * rules between fields are not taken along: they are for what results, not for what is stated here.
 *
 * - `why`: what then holds, for the descriptions.
 */
export function overridesOf<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  why: string,
): z.ZodObject<Overriding<Shape>, z.core.$strict> {
  const shape = Object.entries(schema.shape as unknown as Record<string, z.ZodType>).map(([name, field]) => {
    const text = (field.description ?? "").replace(/Default: .*$/s, `Default: ${why}.`);
    return [name, bare(field, why).optional().describe(text)] as const;
  });
  return z.strictObject(Object.fromEntries(shape)) as unknown as z.ZodObject<Overriding<Shape>, z.core.$strict>;
}

function bare(field: z.ZodType, why: string): z.ZodType {
  if (field instanceof z.ZodPrefault && field.unwrap() instanceof z.ZodObject) {
    return overridesOf(field.unwrap() as z.ZodObject, why);
  }
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault || field instanceof z.ZodOptional) {
    return field.unwrap() as z.ZodType;
  }
  return field;
}
