/** Lists in pages: `{items, next}`, with `limit` and `cursor` in the query. A cursor is what came last, and says nothing to callers. */
import { z } from "@hono/zod-openapi";

export const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

/** Query parameters of every list. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .default(DEFAULT_PAGE)
    .openapi({ param: { description: `Items at most; ${DEFAULT_PAGE} unless said.` } }),
  cursor: z
    .string()
    .max(512)
    .regex(/^[A-Za-z0-9_-]+$/, { error: "is not a cursor" })
    .optional()
    .openapi({ param: { description: "The `next` of the page before." } }),
};

export interface Page<T> {
  readonly items: readonly T[];
  /** Null: that was all. */
  readonly next: string | null;
}

/** The shape of a page, for the OpenAPI document. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

export function encodeCursor(value: string): string {
  const bytes = new TextEncoder().encode(value);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** What a cursor stands for; null for what is none of ours. Never throws. */
export function decodeCursor(cursor: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * A page of a whole list in the order of its keys.
 *
 * - `keyOf`: distinct, ascending along `all`.
 */
export function pageAfter<T>(
  all: readonly T[],
  keyOf: (one: T) => string,
  after: string | null,
  limit: number,
): Page<T> {
  const start = after === null ? 0 : all.findIndex((one) => keyOf(one) > after);
  const items = start < 0 ? [] : all.slice(start, start + limit);
  const last = items.at(-1);
  const isMore = last !== undefined && start + limit < all.length;
  return { items, next: isMore ? encodeCursor(keyOf(last)) : null };
}
