/**
 * Resolves when this process should end: on SIGINT, SIGTERM or SIGHUP, when `forMs` are over, or, under npm, when npm is
 * gone. npm passes signals on to the shell it started, and a shell may die of one without passing it on: its child is
 * then an orphan that nobody can end by name.
 *
 * - `forMs`: 0 for no limit.
 *
 * A second signal ends the process at once.
 */
export function untilEnd(forMs = 0): Promise<void> {
  return new Promise((resolve) => {
    let isEnding = false;
    const end = () => {
      clearTimeout(limit);
      clearInterval(watch);
      isEnding = true;
      resolve();
    };
    const onSignal = () => {
      if (isEnding) process.exit(1);
      end();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
    const limit = forMs > 0 ? setTimeout(end, forMs) : undefined;
    const parent = process.ppid;
    const watch =
      process.env.npm_lifecycle_event === undefined
        ? undefined
        : setInterval(() => {
            if (process.ppid !== parent) end();
          }, ORPHAN_CHECK_MS).unref();
  });
}

/** A system call; cheap enough to do often, seldom enough not to show. */
const ORPHAN_CHECK_MS = 250;
