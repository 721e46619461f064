import type { z } from "zod";
import type { Call, Control } from "./client.ts";
import { pageShape } from "./shapes.ts";

const PAGE = 100;

/** Items of a list over its pages, `limit` at most; whether there are more. */
export async function listOf<T extends z.ZodType>(
  control: Control,
  path: string,
  item: T,
  limit = Number.POSITIVE_INFINITY,
  query: Call["query"] = {},
): Promise<{ readonly items: readonly z.infer<T>[]; readonly more: boolean }> {
  const shape = pageShape(item);
  const items: z.infer<T>[] = [];
  let cursor: string | undefined;
  do {
    const size = Math.min(PAGE, limit - items.length);
    const page = await control.get(path, shape, { query: { ...query, limit: size, cursor } });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return { items: items.slice(0, limit), more: cursor !== undefined || items.length > limit };
}
