import type { z } from "zod";
import type { Call, Control } from "./client.ts";
import { pageShape } from "./shapes.ts";

const PAGE = 100;

export interface Listed<T> {
  readonly items: readonly T[];
  /** Whether there are more. */
  readonly more: boolean;
  /** Items of these pages that were left out: HEDDLE_STORAGE_KEY lacks their key. */
  readonly sealed: number;
}

/** Items of a list over its pages, `limit` at most. */
export async function listOf<T extends z.ZodType>(
  control: Control,
  path: string,
  item: T,
  limit = Number.POSITIVE_INFINITY,
  query: Call["query"] = {},
): Promise<Listed<z.infer<T>>> {
  const shape = pageShape(item);
  const items: z.infer<T>[] = [];
  let cursor: string | undefined;
  let sealed = 0;
  do {
    const size = Math.min(PAGE, limit - items.length);
    const page = await control.get(path, shape, { query: { ...query, limit: size, cursor } });
    items.push(...page.items);
    sealed += page.sealed ?? 0;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return { items: items.slice(0, limit), more: cursor !== undefined || items.length > limit, sealed };
}
