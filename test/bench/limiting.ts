/** What a decision of a local rate limit costs, without the platform, in nanoseconds: by algorithm, for keys known and new. */
import type { RateLimitCounting } from "../../src/core/mesh.ts";
import { createCounter, take } from "../../src/core/rate-limit/counter.ts";
import { MAX_KEYS } from "../../src/core/rate-limit/key-table.ts";
import { createLimitClock, tick } from "../../src/core/rate-limit/limit-clock.ts";
import { addressKey, withPart } from "../../src/core/rate-limit/limit-key.ts";
import { createPlaces, returnPlace, takePlace } from "../../src/core/rate-limit/places.ts";
import { createVerdict } from "../../src/core/rate-limit/verdict.ts";
import type { MicroResult } from "./micro.ts";

const ITERATIONS = 200_000;
const REPEATS = 7;

const COUNTINGS: readonly RateLimitCounting[] = [
  { type: "token-bucket", limit: 1_000_000, windowMs: 1_000, burst: 1_000_000 },
  { type: "sliding-window", limit: 1_000_000_000, windowMs: 60_000 },
  { type: "sliding-log", limit: 100, windowMs: 1_000 },
  { type: "quota", limit: 1_000_000_000, period: "day" },
];

/** Time passes by a ms every 16 decisions. Throws when nobody is let through, since nothing would be measured then. */
export function limitingBenchmarks(): MicroResult[] {
  return [...COUNTINGS.flatMap(countingBenchmarks), ...placesBenchmarks(), ...keyBenchmarks()];
}

function countingBenchmarks(counting: RateLimitCounting): MicroResult[] {
  const keys = Array.from({ length: 1_024 }, (_, i) => `198.51.${i >> 8}.${i & 255}`);
  return [
    { name: `limit by ${counting.type}, 1,024 keys`, ns: decided(counting, (i) => keys[i & 1_023]!) },
    // Every request is from somebody who was never seen: the table is full, and somebody leaves for each.
    { name: `limit by ${counting.type}, only new keys`, ns: decided(counting, (i) => `flood-${i}`) },
  ];
}

function decided(counting: RateLimitCounting, keyOf: (i: number) => string): number {
  const counter = createCounter(counting);
  if (counter.type === "concurrency") throw new Error("measured apart");
  const [clock, verdict] = [createLimitClock(), createVerdict()];
  let n = 0;
  let allowed = 0;
  const body = () => {
    n += 1;
    tick(clock, 1_000_000 + (n >> 4));
    take(counter, keyOf(n), 1, clock, verdict);
    if (verdict.allowed) allowed += 1;
  };
  for (let i = 0; i < 2 * MAX_KEYS; i += 1) body();
  const ns = timed(body);
  if (allowed === 0) throw new Error(`${counting.type}: nobody is let through`);
  return ns;
}

function placesBenchmarks(): MicroResult[] {
  const places = createPlaces(1_000, 60_000);
  const [clock, verdict] = [createLimitClock(), createVerdict()];
  // A hundred others are on their way.
  for (let i = 0; i < 100; i += 1) takePlace(places, `k${i & 7}`, clock, verdict);
  const ns = timed((i) => {
    const hold = takePlace(places, `k${i & 7}`, clock, verdict);
    if (hold !== null) returnPlace(places, hold);
  });
  return [{ name: "limit by concurrency, taken and given back", ns }];
}

function keyBenchmarks(): MicroResult[] {
  const v6 = Array.from({ length: 256 }, (_, i) => `2001:db8:${i.toString(16)}:1::${i.toString(16)}`);
  const v4 = Array.from({ length: 256 }, (_, i) => `198.51.100.${i}`);
  let chars = 0;
  const plain = timed((i) => {
    chars += addressKey(v4[i & 255]!, 64).length;
  });
  const single = timed((i) => {
    chars += addressKey(v6[i & 255]!, 64).length;
  });
  const composite = timed((i) => {
    chars += withPart(withPart("", addressKey(v6[i & 255]!, 64)), "tenant-1").length;
  });
  if (chars === 0) throw new Error("no key was made");
  return [
    { name: "key of an IPv4 address", ns: plain },
    { name: "key of an IPv6 address", ns: single },
    { name: "key of an IPv6 address and a header", ns: composite },
  ];
}

/** Median of several runs, so that one pause of the machine does not show. */
function timed(body: (i: number) => void): number {
  const runs = Array.from({ length: REPEATS }, () => {
    const startedAt = performance.now();
    for (let i = 0; i < ITERATIONS; i += 1) body(i);
    return ((performance.now() - startedAt) * 1e6) / ITERATIONS;
  });
  return runs.sort((a, b) => a - b)[REPEATS >> 1]!;
}
