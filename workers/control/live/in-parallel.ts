import { inParallel } from "../../../durable-objects/mesh-config/in-parallel.ts";

/** What `map` gives for each item, in their order, so many at a time. `map` must not reject. */
export async function mapInParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  await inParallel([...items.entries()], atOnce, async ([index, item]) => {
    results[index] = await map(item);
  });
  return results;
}
