/**
 * Waits for so long, or until something else comes first; leaves no timer behind that would keep the process.
 *
 * - `end`: never rejects.
 */
export async function pauseOr(ms: number, end: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const slept = new Promise<void>((wake) => {
    timer = setTimeout(wake, ms);
  });
  await Promise.race([slept, end]);
  clearTimeout(timer);
}
