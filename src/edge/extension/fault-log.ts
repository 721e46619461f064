/** What code of users did wrong on the way of requests: counted by name, and logged now and then. */

/** Between two lines about the same extension, ms. */
const LOG_EVERY_MS = 10_000;

export type FaultLog = Map<string, { count: number; loggedAtMs: number }>;

export function createFaultLog(): FaultLog {
  return new Map();
}

/** - `extension`: kind and name, e.g. `filter "auth"`. Never throws. */
export function noteFault(log: FaultLog, extension: string, fault: unknown): void {
  const nowMs = Date.now();
  const known = log.get(extension) ?? { count: 0, loggedAtMs: Number.NEGATIVE_INFINITY };
  known.count += 1;
  if (nowMs - known.loggedAtMs >= LOG_EVERY_MS) {
    known.loggedAtMs = nowMs;
    console.error(JSON.stringify({ event: "extension_failed", extension, fault: wordsOf(fault), count: known.count }));
  }
  log.set(extension, known);
}

/** What was thrown, in a few words. Never throws, whatever it was. */
export function wordsOf(fault: unknown): string {
  try {
    return String(fault).slice(0, 500);
  } catch {
    return "something that has no text";
  }
}
