import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { cookieValue } from "../../../src/core/balance/hash-key.ts";
import { ownText } from "../../../src/core/own-text.ts";
import { createCounter, take } from "../../../src/core/rate-limit/counter.ts";
import { createHoldings, holdingOf } from "../../../src/core/rate-limit/lease/holdings.ts";
import { createPlaces, takePlace } from "../../../src/core/rate-limit/places.ts";
import { createVerdict } from "../../../src/core/rate-limit/verdict.ts";
import { createBoundedCache, remember } from "../../../src/security/authn/bounded-cache.ts";

const KEYS = 1_000;
/** What else each caller sends: 30 MB together. */
const REST_BYTES = 30_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the heap that are in use. */
function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** The value of a cookie as the edge reads it: cut out of a header that came as one piece. */
function sessionOf(caller: number): string {
  const header = `sid=${String(caller).padStart(40, "0")}; rest=${"x".repeat(REST_BYTES)}`;
  return cookieValue(Buffer.from(header, "latin1").toString("latin1"), "sid");
}

const clock = { elapsedMs: 0, epochMs: 1 };
const verdict = createVerdict();
const BUCKET = { type: "token-bucket", limit: 10, windowMs: 60_000, burst: 10 } as const;

describe("a text of its own", () => {
  it.each(["", "short", "just thirteen", "a longer text with ünïcödé, and 中文 as well"])("is the same: %j", (text) => {
    expect(ownText(`<${text}>`.slice(1, -1))).toBe(text);
  });

  it.each([
    ["counters", () => createCounter(BUCKET), (kept, key) => take(kept, key, 1, clock, verdict)],
    ["places", () => createPlaces(10, 60_000), (kept, key) => takePlace(kept, key, clock, verdict)],
    ["leases", () => createHoldings("shared", BUCKET), (kept, key) => holdingOf(kept, key, 1, 0)],
    ["tokens", () => createBoundedCache<number>(KEYS), (kept, key) => remember(kept, key, 1)],
    // biome-ignore lint/suspicious/noExplicitAny: several kinds of what keeps keys.
  ] as [string, () => any, (kept: any, key: string) => void][])("is what %s keep of callers", (_, create, meet) => {
    const kept = create();
    const before = heapBytes();
    for (let caller = 0; caller < KEYS; caller += 1) meet(kept, sessionOf(caller));
    // A kilobyte for each at most; all that they sent would be thirty.
    expect(heapBytes() - before).toBeLessThan(KEYS * 5_000);
    meet(kept, "last");
  });
});
