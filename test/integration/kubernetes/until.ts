/** Waits for something that another process does, `ms` at most; gives how long it took, ms. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 60_000): Promise<number> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > ms) throw new Error(`did not come true in ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - startedAt;
}
