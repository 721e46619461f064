/**
 * Rules between fields, kept beside the schema they belong to. They are checked on the config as it was written, apart
 * from its shape: a rule runs whenever the fields it looks at are well-formed, whatever else is wrong, so that all
 * faults are found in one go. (Zod's refinements are skipped once a shape is wrong in certain ways.)
 */
import * as z from "zod";

/** A broken rule: where, below the object that the rule belongs to, and what. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
  /** The fault is in the key itself, not in its value. */
  readonly atKey?: boolean;
  /** The value is a secret: whatever else is wrong with it is not told, since that might repeat it. */
  readonly isSecret?: boolean;
}

type Find = (value: unknown) => Iterable<Finding>;

/** Found again through `.describe()` and `.meta()`, which copy a schema; not through new checks on it. */
const rules = z.registry<{ readonly finds: readonly Find[] }>();

/**
 * Adds a rule to a schema and returns it.
 *
 * - `needs`: the fields that the rule looks at, with their defaults; it is skipped while one is not well-formed.
 * - `find`: yields every way in which the rule is broken; none is the good case.
 */
export function withRule<S extends z.ZodType, N extends z.ZodRawShape>(
  schema: S,
  needs: N,
  find: (value: z.output<z.ZodObject<N>>) => Iterable<Finding>,
): S {
  const needed = z.object(needs);
  return withFindings(schema, (value) => {
    const seen = needed.safeParse(value);
    return seen.success ? find(seen.data) : [];
  });
}

/** Adds a rule that sees the raw value, which may be anything: it has to look before it believes. */
export function withFindings<S extends z.ZodType>(schema: S, find: Find): S {
  const finds = [...(rules.get(schema)?.finds ?? []), find];
  rules.add(schema, { finds });
  return schema;
}

/** What the rules of `schema` itself, not of its parts, have against `value`. */
export function* ownFindings(schema: z.ZodType, value: unknown): Iterable<Finding> {
  for (const find of rules.get(schema)?.finds ?? []) yield* find(value);
}

/** An object with any keys that match `pattern`. */
export function recordOf<V extends z.ZodType>(pattern: RegExp, keyMessage: string, values: V) {
  const record = z.record(z.string(), values).meta({ propertyNames: { pattern: pattern.source } });
  return withFindings(record, function* (value) {
    if (!isRecord(value)) return;
    for (const key of Object.keys(value)) {
      if (!pattern.test(key)) yield { path: [key], message: keyMessage, atKey: true };
    }
  });
}

/** Whether `value` is an object with keys (not a list, not null). Never throws. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
